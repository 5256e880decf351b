#include "journal/filesystem.h"

#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* In <linux/magic.h> since Linux 5.17. */
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xFF534D42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xFE534D42
#endif

/* In no header. Sources: GNU coreutils, src/stat.c (human_fstype); Linux, fs/vboxsf/super.c. */
#define LUSTRE_MAGIC 0x0BD00BD0
#define BEEGFS_MAGIC 0x19830326
#define VBOXSF_MAGIC 0x786F4256
#define VMHGFS_MAGIC 0xBACBACBC
#define PARALLELS_MAGIC 0x7C7C6673

static const unsigned long remote[] = {
    NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, NCP_SUPER_MAGIC,
    AFS_SUPER_MAGIC, /* OpenAFS, and Linux's own until 4.x */
    AFS_FS_MAGIC,    /* Linux's own */
    CODA_SUPER_MAGIC, CEPH_SUPER_MAGIC, LUSTRE_MAGIC, BEEGFS_MAGIC,
    /* A host's folders inside a virtual machine: the host does not see the guest's locks. */
    V9FS_MAGIC, /* also Windows' drives in WSL 2 */
    VBOXSF_MAGIC, VMHGFS_MAGIC, PARALLELS_MAGIC};

/* Types with FUSE's magic that keep their files on this machine. virtiofs is missing because it
 * shows a host's folder, as 9p does. */
static const char *const local_fuse[] = {"fuseblk", /* NTFS, exFAT: on a block device */
                                         "fuse.fuse2fs",  "fuse.fuse-overlayfs", "fuse.bindfs",
                                         "fuse.mergerfs", "fuse.gocryptfs",      "fuse.encfs"};

bool reel_filesystem_is_local(const struct reel_filesystem *filesystem) {
  for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
    if (filesystem->magic == remote[i]) return false;
  if (filesystem->magic != FUSE_SUPER_MAGIC) return true;
  for (size_t i = 0; i < sizeof local_fuse / sizeof *local_fuse; i++)
    if (strcmp(filesystem->type, local_fuse[i]) == 0) return true;
  return false;
}

/* A line of mountinfo, proc(5): "36 35 98:0 /root /mount options... - type source options". */
static bool is_line_of(const char *line, dev_t device) {
  unsigned major_number, minor_number;
  return sscanf(line, "%*d %*d %u:%u", &major_number, &minor_number) == 2 &&
         makedev(major_number, minor_number) == device;
}

static void copy_type(const char *line, char *type, size_t size) {
  /* No path of the line contains " - ", since blanks in paths are written as \040. */
  const char *end = strstr(line, " - ");
  if (end) snprintf(type, size, "%.*s", (int)strcspn(end + 3, " \n"), end + 3);
}

static void find_type(dev_t device, char *type, size_t size) {
  char *line = NULL;
  size_t capacity = 0;
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  *type = '\0';
  while (mounts && !*type && getline(&line, &capacity, mounts) >= 0)
    if (is_line_of(line, device)) copy_type(line, type, size);
  free(line);
  if (mounts) fclose(mounts);
}

bool reel_filesystem_of(const char *folder, struct reel_filesystem *out) {
  struct statfs filesystem;
  struct stat info;
  if (statfs(folder, &filesystem) != 0 || stat(folder, &info) != 0) return false;
  out->magic = (unsigned long)filesystem.f_type & 0xffffffff; /* f_type may be signed */
  find_type(info.st_dev, out->type, sizeof out->type);
  return true;
}
