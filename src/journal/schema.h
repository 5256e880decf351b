/* The text of journal/schema.sql as a C string. CMakeLists.txt writes its definition. */
#ifndef REEL_JOURNAL_SCHEMA_H
#define REEL_JOURNAL_SCHEMA_H

extern const char reel_journal_schema[];

#endif
