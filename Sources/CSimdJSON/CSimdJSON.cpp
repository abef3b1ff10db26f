#include "CSimdJSON.h"

#include <algorithm>
#include <new>
#include <simdjson.h>

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

static bool follow(element &at, const csj_step &step) {
  simdjson::dom::object object;
  if (!at.get(object)) return !object.at_key({step.key, step.key_length}).get(at);
  simdjson::dom::array array;
  if (step.index < 0 || at.get(array)) return false;
  return !array.at(static_cast<size_t>(step.index)).get(at);
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

void csj_read(const csj_parser *parser, const csj_path *paths, size_t count, csj_value *values) {
  for (size_t i = 0; i < count; i++) {
    element at = parser->root;
    size_t step = 0;
    while (step < paths[i].count && follow(at, paths[i].steps[step])) step++;
    values[i] = step == paths[i].count ? describe(at) : csj_value{CSJ_ABSENT, {0}, nullptr, 0};
  }
}
