/* For builds with the thread sanitizer. Debian's liblua raises and yields by __longjmp_chk, which
 * gcc's libtsan does not intercept. It never learns that the functions in between have been left, so
 * its call stack grows with every error and every wait, until it is slow and then aborts. */
#include <setjmp.h>

void __longjmp_chk(jmp_buf place, int value);

void __longjmp_chk(jmp_buf place, int value) {
  longjmp(place, value);
}
