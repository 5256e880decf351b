/* The texts of schema.sql and older_schema.sql; CMake writes the definitions. */
#ifndef REEL_JOURNAL_SCHEMA_H
#define REEL_JOURNAL_SCHEMA_H

extern const char reel_journal_schema[];
extern const char reel_journal_older_schema[];

#endif
