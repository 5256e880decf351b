-- On which file systems a journal may lie; support/filesystem.c asks src/journal/filesystem.c.
local program = (os.getenv("REEL_BUILD_DIR") or "build") .. "/spec/filesystem"

local function run(...)
  local pipe <close> = assert(io.popen(("%s %s"):format(program, table.concat({ ... }, " "))))
  return (pipe:read("a"):gsub("\n$", ""))
end

-- The magic numbers of statfs(2), and the types of /proc/filesystems.
local FUSE <const> = "65735546"

local cases = {
  { "ef53", "ext4", "local" },
  { "9123683e", "btrfs", "local" },
  { "58465342", "xfs", "local" },
  { "1021994", "tmpfs", "local" },
  { "794c7630", "overlay", "local" },
  { "7461636f", "ocfs2", "local" }, -- a cluster's, whose locks hold for all of it
  { "6969", "nfs4", "remote" },
  { "517b", "smbfs", "remote" },
  { "ff534d42", "cifs", "remote" },
  { "fe534d42", "smb3", "remote" },
  { "564c", "ncpfs", "remote" },
  { "5346414f", "afs", "remote" },
  { "6b414653", "kafs", "remote" },
  { "73757245", "coda", "remote" },
  { "c36400", "ceph", "remote" },
  { "bd00bd0", "lustre", "remote" },
  { "19830326", "beegfs", "remote" },
  { "1021997", "9p", "remote" },
  { "786f4256", "vboxsf", "remote" },
  { "bacbacbc", "vmhgfs", "remote" },
  { "7c7c6673", "prl_fs", "remote" },
  { FUSE, "fuseblk", "local" },
  { FUSE, "fuse.fuse-overlayfs", "local" },
  { FUSE, "fuse.gocryptfs", "local" },
  { FUSE, "fuse.sshfs", "remote" },
  { FUSE, "fuse.rclone", "remote" },
  { FUSE, "fuse.s3fs", "remote" },
  { FUSE, "fuse.glusterfs", "remote" },
  { FUSE, "fuse.vmhgfs-fuse", "remote" },
  { FUSE, "virtiofs", "remote" },
  { FUSE, "fuse.of-tomorrow", "remote" },
  { FUSE, "fuse", "remote" },
  { FUSE, "", "remote" }, -- /proc cannot be read
}

describe("a journal's file system", function()
  for _, case in ipairs(cases) do
    local magic, kind, place = table.unpack(case)
    it(("of the magic 0x%s and the type %q is %s"):format(magic, kind, place), function()
      assert.equal(("%s %s %s"):format(magic, kind, place), run(magic, ("'%s'"):format(kind)))
    end)
  end

  it("is found from a folder", function()
    assert.equal("9fa0 proc local", run "/proc/self")
  end)

  it("is not found where there is no folder", function()
    assert.equal("", run "/nowhere/at/all 2>&-")
  end)
end)
