#include "CSimdJSON.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <type_traits>

using simdjson::dom::element;
using simdjson::dom::element_type;

static_assert(CSJ_PADDING >= simdjson::SIMDJSON_PADDING, "the header promises too little padding");

struct csj_parser {
  explicit csj_parser(size_t max_document_bytes) : parser(max_document_bytes) {}
  simdjson::dom::parser parser;
  element root;
};

// What a parser begins with. It grows with the documents up to its limit, which must not lie below its beginning.
static const size_t first_capacity = 4096;

csj_parser *csj_parser_create(size_t max_document_bytes, size_t max_depth) {
  auto *created = new (std::nothrow) csj_parser(std::max(max_document_bytes, first_capacity));
  if (created == nullptr) return nullptr;
  if (created->parser.allocate(first_capacity, max_depth)) {
    delete created;
    return nullptr;
  }
  return created;
}

void csj_parser_destroy(csj_parser *parser) { delete parser; }

int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t length) {
  return static_cast<int>(parser->parser.parse(bytes, length, false).get(parser->root));
}

const char *csj_error_message(int error) {
  return simdjson::error_message(static_cast<simdjson::error_code>(error));
}

bool csj_is_number_error(int error) { return error == simdjson::NUMBER_ERROR; }

// Places and iterators of simdjson are plain words, and travel through C as such.
template <typename Inner, typename Words>
static Inner opened(const Words &words) {
  static_assert(std::is_trivially_copyable_v<Inner> && sizeof(Inner) <= sizeof(Words), "simdjson's places have grown");
  Inner inner;
  std::memcpy(static_cast<void *>(&inner), &words, sizeof inner);
  return inner;
}

template <typename Words, typename Inner>
static void close(const Inner &inner, Words &words) {
  static_assert(std::is_trivially_copyable_v<Inner> && sizeof(Inner) <= sizeof(Words), "simdjson's places have grown");
  std::memcpy(&words, static_cast<const void *>(&inner), sizeof inner);
}

static csj_element closed(const element &at) {
  csj_element words = {{0, 0}};
  close(at, words.words);
  return words;
}

static bool follow(element &at, const csj_step &step) {
  simdjson::dom::object object;
  if (!at.get(object)) return !object.at_key({step.key, step.key_length}).get(at);
  simdjson::dom::array array;
  if (step.index < 0 || at.get(array)) return false;
  return !array.at(static_cast<size_t>(step.index)).get(at);
}

static bool follow(element &at, const csj_path &path) {
  for (size_t step = 0; step < path.count; step++) {
    if (!follow(at, path.steps[step])) return false;
  }
  return true;
}

static csj_value describe(const element &at) {
  csj_value value = {CSJ_ABSENT, {0}, nullptr, 0};
  switch (at.type()) {
    case element_type::NULL_VALUE: value.type = CSJ_NULL; break;
    case element_type::BOOL: {
      bool truth = false;
      (void)at.get(truth);
      value.type = CSJ_BOOL;
      value.number.boolean = truth ? 1 : 0;
      break;
    }
    case element_type::INT64:
      value.type = CSJ_INT64;
      (void)at.get(value.number.int64);
      break;
    case element_type::UINT64:
      value.type = CSJ_UINT64;
      (void)at.get(value.number.uint64);
      break;
    case element_type::DOUBLE:
      value.type = CSJ_DOUBLE;
      (void)at.get(value.number.float64);
      break;
    case element_type::STRING: {
      std::string_view text;
      (void)at.get(text);
      value.type = CSJ_STRING;
      value.string = text.data();
      value.string_length = text.size();
      break;
    }
    case element_type::ARRAY: value.type = CSJ_ARRAY; break;
    case element_type::OBJECT: value.type = CSJ_OBJECT; break;
  }
  return value;
}

csj_element csj_root(const csj_parser *parser) { return closed(parser->root); }

csj_value csj_describe(csj_element at) { return describe(opened<element>(at.words)); }

bool csj_follow(csj_element *at, csj_path path) {
  element place = opened<element>(at->words);
  bool leads = follow(place, path);
  if (leads) *at = closed(place);
  return leads;
}

void csj_read(csj_element from, const csj_path *paths, size_t count, csj_value *values) {
  const element base = opened<element>(from.words);
  for (size_t i = 0; i < count; i++) {
    element at = base;
    values[i] = follow(at, paths[i]) ? describe(at) : csj_value{CSJ_ABSENT, {0}, nullptr, 0};
  }
}

csj_cursor csj_members(csj_element of) {
  csj_cursor cursor = {{0, 0}, {0, 0}, 0, 0};
  element at = opened<element>(of.words);
  simdjson::dom::object object;
  simdjson::dom::array array;
  if (!at.get(object)) {
    cursor.kind = 2;
    close(object.begin(), cursor.next);
    close(object.end(), cursor.end);
  } else if (!at.get(array)) {
    cursor.kind = 1;
    close(array.begin(), cursor.next);
    close(array.end(), cursor.end);
  }
  return cursor;
}

bool csj_next(csj_cursor *cursor, csj_member *member) {
  if (cursor->kind == 2) {
    auto next = opened<simdjson::dom::object::iterator>(cursor->next);
    if (next == opened<simdjson::dom::object::iterator>(cursor->end)) return false;
    std::string_view key = next.key();
    *member = {closed(next.value()), key.data(), key.size(), cursor->index};
    close(++next, cursor->next);
  } else if (cursor->kind == 1) {
    auto next = opened<simdjson::dom::array::iterator>(cursor->next);
    if (next == opened<simdjson::dom::array::iterator>(cursor->end)) return false;
    *member = {closed(*next), nullptr, 0, cursor->index};
    close(++next, cursor->next);
  } else {
    return false;
  }
  cursor->index++;
  return true;
}

size_t csj_count(csj_element of) {
  element at = opened<element>(of.words);
  simdjson::dom::object object;
  if (!at.get(object)) return object.size();
  simdjson::dom::array array;
  return at.get(array) ? 0 : array.size();
}
