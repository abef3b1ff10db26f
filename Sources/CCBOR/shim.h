// The one place where libcbor's headers enter the project: its streaming decoder, which allocates nothing, as a
// function that gives the next head of an item.
//
// Invariants
// - A head is read whole or not at all; of a string of known length its bytes belong to the head.
// - No byte behind `count` is read.
#ifndef GANGLION_CCBOR_SHIM_H
#define GANGLION_CCBOR_SHIM_H

#include <cbor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ccbor_kind {
  /// `number`.
  CCBOR_UNSIGNED,
  /// The value is -1 - `number`.
  CCBOR_NEGATIVE,
  /// The last `length` bytes that were read.
  CCBOR_BYTES,
  CCBOR_TEXT,
  /// Pieces follow, up to a break.
  CCBOR_BYTES_PIECES,
  CCBOR_TEXT_PIECES,
  /// `number` values follow; pairs of them in a map.
  CCBOR_ARRAY,
  CCBOR_MAP,
  /// Values follow up to a break.
  CCBOR_OPEN_ARRAY,
  CCBOR_OPEN_MAP,
  /// `number` says what the value behind it is.
  CCBOR_TAG,
  /// `real`.
  CCBOR_FLOAT,
  /// `number` is 0 or 1.
  CCBOR_BOOL,
  /// Null or undefined.
  CCBOR_NULL,
  CCBOR_BREAK
} ccbor_kind;

typedef struct ccbor_head {
  ccbor_kind kind;
  uint64_t number;
  double real;
  size_t length;
} ccbor_head;

static void ccbor_set(void *head, ccbor_kind kind, uint64_t number) {
  ((ccbor_head *)head)->kind = kind;
  ((ccbor_head *)head)->number = number;
}
static void ccbor_set_string(void *head, ccbor_kind kind, size_t length) {
  ((ccbor_head *)head)->kind = kind;
  ((ccbor_head *)head)->length = length;
}
static void ccbor_set_real(void *head, double real) {
  ((ccbor_head *)head)->kind = CCBOR_FLOAT;
  ((ccbor_head *)head)->real = real;
}

static void ccbor_uint8(void *head, uint8_t n) { ccbor_set(head, CCBOR_UNSIGNED, n); }
static void ccbor_uint16(void *head, uint16_t n) { ccbor_set(head, CCBOR_UNSIGNED, n); }
static void ccbor_uint32(void *head, uint32_t n) { ccbor_set(head, CCBOR_UNSIGNED, n); }
static void ccbor_uint64(void *head, uint64_t n) { ccbor_set(head, CCBOR_UNSIGNED, n); }
static void ccbor_negint8(void *head, uint8_t n) { ccbor_set(head, CCBOR_NEGATIVE, n); }
static void ccbor_negint16(void *head, uint16_t n) { ccbor_set(head, CCBOR_NEGATIVE, n); }
static void ccbor_negint32(void *head, uint32_t n) { ccbor_set(head, CCBOR_NEGATIVE, n); }
static void ccbor_negint64(void *head, uint64_t n) { ccbor_set(head, CCBOR_NEGATIVE, n); }
static void ccbor_bytes(void *head, cbor_data bytes, size_t n) { (void)bytes, ccbor_set_string(head, CCBOR_BYTES, n); }
static void ccbor_text(void *head, cbor_data bytes, size_t n) { (void)bytes, ccbor_set_string(head, CCBOR_TEXT, n); }
static void ccbor_bytes_pieces(void *head) { ccbor_set(head, CCBOR_BYTES_PIECES, 0); }
static void ccbor_text_pieces(void *head) { ccbor_set(head, CCBOR_TEXT_PIECES, 0); }
static void ccbor_array(void *head, size_t n) { ccbor_set(head, CCBOR_ARRAY, n); }
static void ccbor_map(void *head, size_t n) { ccbor_set(head, CCBOR_MAP, n); }
static void ccbor_open_array(void *head) { ccbor_set(head, CCBOR_OPEN_ARRAY, 0); }
static void ccbor_open_map(void *head) { ccbor_set(head, CCBOR_OPEN_MAP, 0); }
static void ccbor_tag(void *head, uint64_t n) { ccbor_set(head, CCBOR_TAG, n); }
static void ccbor_float(void *head, float real) { ccbor_set_real(head, real); }
static void ccbor_double(void *head, double real) { ccbor_set_real(head, real); }
static void ccbor_bool(void *head, bool truth) { ccbor_set(head, CCBOR_BOOL, truth); }
static void ccbor_null(void *head) { ccbor_set(head, CCBOR_NULL, 0); }
static void ccbor_break(void *head) { ccbor_set(head, CCBOR_BREAK, 0); }

/// Reads the head at the beginning of `count` bytes.
///
/// The number of bytes that it takes, or 0 where none stands there: `is_cut` says whether only bytes are missing.
static inline size_t ccbor_next(const void *bytes, size_t count, ccbor_head *head, bool *is_cut) {
  static const struct cbor_callbacks callbacks = {
      .uint8 = ccbor_uint8,
      .uint16 = ccbor_uint16,
      .uint32 = ccbor_uint32,
      .uint64 = ccbor_uint64,
      .negint64 = ccbor_negint64,
      .negint32 = ccbor_negint32,
      .negint16 = ccbor_negint16,
      .negint8 = ccbor_negint8,
      .byte_string_start = ccbor_bytes_pieces,
      .byte_string = ccbor_bytes,
      .string = ccbor_text,
      .string_start = ccbor_text_pieces,
      .indef_array_start = ccbor_open_array,
      .array_start = ccbor_array,
      .indef_map_start = ccbor_open_map,
      .map_start = ccbor_map,
      .tag = ccbor_tag,
      .float2 = ccbor_float,
      .float4 = ccbor_float,
      .float8 = ccbor_double,
      .undefined = ccbor_null,
      .null = ccbor_null,
      .boolean = ccbor_bool,
      .indef_break = ccbor_break,
  };
  *is_cut = count == 0;
  if (count == 0) return 0;
  struct cbor_decoder_result result = cbor_stream_decode((cbor_data)bytes, count, &callbacks, head);
  *is_cut = result.status == CBOR_DECODER_NEDATA;
  return result.status == CBOR_DECODER_FINISHED ? result.read : 0;
}

#endif
