/* For thread sanitizer builds. Debian's liblua raises and yields by __longjmp_chk, which gcc's libtsan
 * does not watch: it never learns that the functions in between have been left, and its stack of
 * calls grows with every error and every wait, until it is slow and then aborts. */
#include <setjmp.h>

void __longjmp_chk(jmp_buf place, int value);

void __longjmp_chk(jmp_buf place, int value) {
  longjmp(place, value);
}
