#include "net/pack_tree.h"

#include "core/error.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <string>

namespace atl::net {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if (!is_continuation(text[i + k])) return false;
    }
    if (length > 2) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
          (first == 0xf4 && second > 0x8f))
        return false;
    }
    i += length;
  }
  return true;
}

class Parser {
 public:
  Parser(std::span<const std::uint8_t> bytes, std::string_view what, const PackLimits& limits)
      : bytes_(bytes), what_(what), limits_(limits) {}

  std::vector<PackValue> parse() {
    if (bytes_.size() > limits_.max_bytes)
      refuse(fmt::format("has {} bytes, expected at most {}", bytes_.size(), limits_.max_bytes));
    add_value();
    if (values_[0].kind != PackKind::kMap) refuse(fmt::format("is {}, expected a map", shown(values_[0])));
    while (!open_.empty()) {
      Open& open = open_[depth() - 1];
      if (open.left == 0) {
        values_[open.value].end = static_cast<std::uint32_t>(values_.size());
        open_.pop_back();
        continue;
      }
      const bool is_key = values_[open.value].kind == PackKind::kMap && open.left % 2 == 0;
      --open.left;
      add_value();
      if (is_key && values_.back().kind != PackKind::kText)
        refuse(fmt::format("has the key {}, expected text", shown(values_.back())));
    }
    if (at_ != bytes_.size()) refuse(fmt::format("goes on for {} bytes after its end", bytes_.size() - at_));
    return std::move(values_);
  }

 private:
  struct Open {
    std::size_t value;   // the container
    std::uint64_t left;  // values still to come in it
  };

  [[noreturn]] void refuse(const std::string& problem) const { fail(ErrorKind::kFormat, "{} {}", what_, problem); }
  [[nodiscard]] std::size_t depth() const { return open_.size(); }

  std::span<const std::uint8_t> take(std::uint64_t count) {
    if (count > bytes_.size() - at_)
      refuse(fmt::format("ends at byte {}, {} more were announced", bytes_.size(), count - (bytes_.size() - at_)));
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  std::uint64_t take_number(std::size_t num_bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(num_bytes)) value = value << 8 | byte;
    return value;
  }

  void add_value() {
    if (values_.size() >= limits_.max_values) refuse(fmt::format("holds more than {} values", limits_.max_values));
    const std::uint8_t type = take(1)[0];
    PackValue value;
    if (type < 0x80) {
      value = {.kind = PackKind::kUnsigned, .number = type};
    } else if (type < 0x90) {
      return open(PackKind::kMap, type & 0x0f);
    } else if (type < 0xa0) {
      return open(PackKind::kArray, type & 0x0f);
    } else if (type < 0xc0) {
      value = text(type & 0x1f);
    } else if (type >= 0xe0) {
      value = {.kind = PackKind::kNegative, .number = static_cast<std::uint64_t>(static_cast<std::int8_t>(type))};
    } else if (type == 0xdc || type == 0xdd) {
      return open(PackKind::kArray, take_number(type == 0xdc ? 2 : 4));
    } else if (type == 0xde || type == 0xdf) {
      return open(PackKind::kMap, take_number(type == 0xde ? 2 : 4));
    } else {
      value = scalar(type);
    }
    value.end = static_cast<std::uint32_t>(values_.size() + 1);
    values_.push_back(value);
  }

  PackValue scalar(std::uint8_t type) {
    switch (type) {
      case 0xc0: return {};
      case 0xc2:
      case 0xc3: return {.kind = PackKind::kBool, .number = type & 1U};
      case 0xca:
        return {.kind = PackKind::kDouble,
                .number = std::bit_cast<std::uint64_t>(
                    static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(take_number(4)))))};
      case 0xcb: return {.kind = PackKind::kDouble, .number = take_number(8)};
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf: return {.kind = PackKind::kUnsigned, .number = take_number(std::size_t{1} << (type - 0xcc))};
      case 0xd0: return signed_number(static_cast<std::int8_t>(take_number(1)));
      case 0xd1: return signed_number(static_cast<std::int16_t>(take_number(2)));
      case 0xd2: return signed_number(static_cast<std::int32_t>(take_number(4)));
      case 0xd3: return signed_number(static_cast<std::int64_t>(take_number(8)));
      case 0xd9:
      case 0xda:
      case 0xdb: return text(take_number(std::size_t{1} << (type - 0xd9)));
      default: refuse(fmt::format("holds a value of type {:#04x}; binary and extension types are not allowed", type));
    }
  }

  static PackValue signed_number(std::int64_t value) {
    return {.kind = value < 0 ? PackKind::kNegative : PackKind::kUnsigned, .number = static_cast<std::uint64_t>(value)};
  }

  PackValue text(std::uint64_t size) {
    const auto taken = take(size);
    const std::string_view view(reinterpret_cast<const char*>(taken.data()), taken.size());
    if (!is_utf8(view)) refuse(fmt::format("holds text at byte {} that is no UTF-8", at_ - size));
    return {.kind = PackKind::kText, .text = view};
  }

  void open(PackKind kind, std::uint64_t count) {
    if (depth() >= kMaxPackDepth) refuse(fmt::format("is nested deeper than {}", kMaxPackDepth));
    // Each value takes a byte at least: what is announced must be there.
    const std::uint64_t values = kind == PackKind::kMap ? 2 * count : count;
    if (values > bytes_.size() - at_)
      refuse(fmt::format("announces {} values with {} bytes left", values, bytes_.size() - at_));
    values_.push_back({.kind = kind, .count = static_cast<std::uint32_t>(count)});
    open_.push_back({values_.size() - 1, values});
  }

  std::span<const std::uint8_t> bytes_;
  std::string_view what_;
  PackLimits limits_;
  std::size_t at_ = 0;
  std::vector<PackValue> values_;
  std::vector<Open> open_;
};

}  // namespace

std::vector<PackValue> parse_pack(std::span<const std::uint8_t> bytes, std::string_view what,
                                  const PackLimits& limits) {
  static constexpr std::array<std::uint8_t, 1> kEmptyMap{0x80};
  return Parser(bytes.empty() ? std::span<const std::uint8_t>(kEmptyMap) : bytes, what, limits).parse();
}

std::string shown(const PackValue& value) {
  constexpr std::size_t kLongest = 60;
  switch (value.kind) {
    case PackKind::kNil: return "nil";
    case PackKind::kBool: return value.number != 0 ? "true" : "false";
    case PackKind::kUnsigned: return fmt::format("{}", value.number);
    case PackKind::kNegative: return fmt::format("{}", static_cast<std::int64_t>(value.number));
    case PackKind::kDouble: return fmt::format("{}", std::bit_cast<double>(value.number));
    case PackKind::kText:
      return value.text.size() <= kLongest ? fmt::format("\"{}\"", value.text)
                                           : fmt::format("text of {} bytes", value.text.size());
    case PackKind::kArray: return fmt::format("an array of {}", value.count);
    case PackKind::kMap: return "a map";
  }
  return "?";
}

}  // namespace atl::net
