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

/// NULL where memory is short.
csj_parser *csj_parser_create(size_t max_document_bytes, size_t max_depth);
void csj_parser_destroy(csj_parser *parser);

/// 0, or an error for `csj_error_message`.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t length);
const char *csj_error_message(int error);
/// True where a number is the cause: one that is none, or one that no 64-bit integer or double holds.
bool csj_is_number_error(int error);

/// Reads `count` paths of the document parsed last; a path that leads nowhere reads as CSJ_ABSENT.
void csj_read(const csj_parser *parser, const csj_path *paths, size_t count, csj_value *values);

#ifdef __cplusplus
}
#endif

#endif
