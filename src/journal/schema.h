/* The text of journal/schema.sql; CMake writes the definition. */
#ifndef REEL_JOURNAL_SCHEMA_H
#define REEL_JOURNAL_SCHEMA_H

extern const char reel_journal_schema[];

#endif
