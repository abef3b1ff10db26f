// A small C interface over simdjson's DOM: parse one document, then read many paths in one call.
//
// Invariants
// - A value's `string` points into the parser and lives until the next parse.
// - `csj_parse` may read up to CSJ_PADDING bytes behind the document; the caller owns that many.
// - No exception leaves this file; every failure is a code.
#ifndef GANGLION_CSIMDJSON_H
#define GANGLION_CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes behind a document that must be readable; their content does not matter.
#define CSJ_PADDING 64

typedef struct csj_parser csj_parser;

typedef enum csj_type {
  CSJ_ABSENT,
  CSJ_NULL,
  CSJ_BOOL,
  CSJ_INT64,
  CSJ_UINT64,
  CSJ_DOUBLE,
  CSJ_STRING,
  CSJ_ARRAY,
  CSJ_OBJECT,
  /// A number that nothing holds. `csj_read` never gives it: the caller puts it in place of what it marked such numbers with.
  CSJ_UNHELD
} csj_type;

typedef struct csj_value {
  csj_type type;
  union {
    int64_t int64;
    uint64_t uint64;
    double float64;
    int boolean;
  } number;
  const char *string;
  size_t string_length;
} csj_value;

/// One step of a JSON pointer: a key, and the array index it also spells (-1 where it spells none).
typedef struct csj_step {
  const char *key;
  size_t key_length;
  int64_t index;
} csj_step;

typedef struct csj_path {
  const csj_step *steps;
  size_t count;
} csj_path;

/// A place in the document that was parsed last; lives until the next parse.
typedef struct csj_element {
  uintptr_t words[2];
} csj_element;

/// Goes over the members of an object, or the elements of an array.
typedef struct csj_cursor {
  uintptr_t next[2];
  uintptr_t end[2];
  /// 0 where there is nothing to go over, 1 for an array, 2 for an object.
  int kind;
  int64_t index;
} csj_cursor;

/// A member's key, or an element's index: then `key` is NULL.
typedef struct csj_member {
  csj_element element;
  const char *key;
  size_t key_length;
  int64_t index;
} csj_member;

/// NULL where memory is short.
csj_parser *csj_parser_create(size_t max_document_bytes, size_t max_depth);
void csj_parser_destroy(csj_parser *parser);

/// 0, or an error for `csj_error_message`.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t length);
const char *csj_error_message(int error);
/// True where a number is the cause: one that is none, or one that no 64-bit integer or double holds.
bool csj_is_number_error(int error);

/// The root of the document parsed last.
csj_element csj_root(const csj_parser *parser);
/// What stands at a place.
csj_value csj_describe(csj_element at);
/// Goes on from a place; false where the path leads nowhere.
bool csj_follow(csj_element *at, csj_path path);

/// Reads `count` paths from a place on; one that leads nowhere reads as CSJ_ABSENT.
void csj_read(csj_element from, const csj_path *paths, size_t count, csj_value *values);

csj_cursor csj_members(csj_element of);
/// False at the end.
bool csj_next(csj_cursor *cursor, csj_member *member);
/// Members of an object, or elements of an array; 0 for anything else.
size_t csj_count(csj_element of);

#ifdef __cplusplus
}
#endif

#endif
