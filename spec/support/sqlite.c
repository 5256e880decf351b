/* usage: sqlite FILE < SQL
 * Runs SQL on a database that is made if it is missing, as no reel would: with any schema. */
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv) {
  static char sql[1 << 16];
  sqlite3 *db = NULL;
  if (argc != 2) return 2;
  size_t size = fread(sql, 1, sizeof sql - 1, stdin);
  sql[size] = '\0';
  int code = sqlite3_open(argv[1], &db);
  if (code == SQLITE_OK) code = sqlite3_exec(db, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK) fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
  sqlite3_close(db);
  return code == SQLITE_OK ? 0 : 1;
}
