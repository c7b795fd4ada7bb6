#include "core/error.h"
#include "core/text.h"
#include "net/pack.h"
#include "net/pack_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace atl::net {
namespace {

constexpr std::size_t kMaxProblems = 8;  // that a message lists: enough to mend it, too few to flood its reader

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

double as_double(const PackValue& value) {
  switch (value.kind) {
    case PackKind::kUnsigned: return static_cast<double>(value.number);
    case PackKind::kNegative: return static_cast<double>(static_cast<std::int64_t>(value.number));
    default: return std::bit_cast<double>(value.number);
  }
}

// Whether a whole number fits T, which is never passed through a double.
template <class T>
bool fits(const PackValue& value) {
  if (value.kind == PackKind::kNegative) return std::in_range<T>(static_cast<std::int64_t>(value.number));
  return std::in_range<T>(value.number);
}

class PackReader final : public ConfigVisitor {
 public:
  PackReader(std::span<const std::uint8_t> bytes, std::string_view what, const PackLimits& limits)
      : what_(what), values_(parse_pack(bytes, what, limits)) {
    push(0, "");
  }

  void field(std::string_view name, ConfigField field, const FieldLimits& limits) override {
    const std::size_t at = claim(name);
    if (at == kNone) return;
    std::visit(
        [&](auto* target) {
          if (const std::string problem = convert(at, limits, *target); !problem.empty()) add(name, problem);
        },
        field);
  }

  void begin_table(std::string_view name) override {
    const std::size_t at = claim(name);
    const bool is_map = at != kNone && values_[at].kind == PackKind::kMap;
    if (at != kNone && !is_map) add(name, fmt::format("is {}, expected a map", shown(values_[at])));
    push(is_map ? at : kNone, path_of(name));
  }

  std::optional<std::size_t> begin_list(std::string_view name, std::size_t /*size*/) override {
    const std::size_t at = claim(name);
    const bool is_array = at != kNone && values_[at].kind == PackKind::kArray;
    if (at != kNone && !is_array) add(name, fmt::format("is {}, expected an array of maps", shown(values_[at])));
    push(kNone, path_of(name));
    levels_.back().item = is_array ? at + 1 : kNone;
    if (!is_array) return std::nullopt;
    return values_[at].count;
  }

  // The items of a list are visited in order.
  void begin_item(std::size_t index) override {
    Level& list = levels_.back();
    const std::size_t at = list.item;
    const std::string path = fmt::format("{}[{}]", list.path, index);
    if (at != kNone) list.item = values_[at].end;
    const bool is_map = at != kNone && values_[at].kind == PackKind::kMap;
    if (at != kNone && !is_map) problems_.push_back(fmt::format("{} is {}, expected a map", path, shown(values_[at])));
    push(is_map ? at : kNone, path);
  }

  void end_table() override {
    report_unclaimed();
    levels_.pop_back();
  }

  void finish() {
    report_unclaimed();
    if (problems_.empty()) return;
    const std::size_t more = problems_.size() - std::min(problems_.size(), kMaxProblems);
    problems_.resize(problems_.size() - more);
    fail(ErrorKind::kFormat, "{}: {}{}", what_, fmt::join(problems_, "; "),
         more > 0 ? fmt::format("; and {} more", more) : "");
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  struct Pair {
    std::string_view key;
    std::size_t value;
    bool is_claimed;
  };
  struct Level {
    std::string path;
    std::vector<Pair> pairs;
    std::vector<std::string_view> known;  // what was asked for
    std::size_t item = kNone;             // of a list: the next one
  };

  void push(std::size_t map, std::string path) {
    Level level{std::move(path), {}, {}};
    if (map != kNone) {
      level.pairs.reserve(values_[map].count);
      for (std::size_t at = map + 1; at < values_[map].end; at = values_[at + 1].end) {
        level.pairs.push_back({values_[at].text, at + 1, false});
      }
      check_doubles(level);
    }
    levels_.push_back(std::move(level));
  }

  void check_doubles(const Level& level) {
    std::vector<std::string_view> keys;
    for (const Pair& pair : level.pairs) keys.push_back(pair.key);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end())
      problems_.push_back(fmt::format("{}{}{} is there twice", level.path, level.path.empty() ? "" : ".", *twice));
  }

  std::size_t claim(std::string_view name) {
    Level& level = levels_.back();
    level.known.push_back(name);
    for (Pair& pair : level.pairs) {
      if (pair.key != name) continue;
      pair.is_claimed = true;
      return pair.value;
    }
    return kNone;
  }

  [[nodiscard]] std::string path_of(std::string_view name) const {
    const std::string& path = levels_.back().path;
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }
  void add(std::string_view name, std::string_view problem) {
    problems_.push_back(fmt::format("{} {}", path_of(name), problem));
  }

  void report_unclaimed() {
    const Level& level = levels_.back();
    for (const Pair& pair : level.pairs) {
      if (pair.is_claimed) continue;
      const std::vector<std::string> known(level.known.begin(), level.known.end());
      add(pair.key.substr(0, 40),
          fmt::format("is unknown; the nearest known key is \"{}\"", nearest_name(pair.key.substr(0, 40), known)));
      if (problems_.size() > kMaxProblems) return;
    }
  }

  // Converts the value at `at`; returns the problem in words, or nothing.
  template <class T>
  std::string convert(std::size_t at, const FieldLimits& limits, T& target) {
    const PackValue& value = values_[at];
    const auto expected = [&](std::string_view what) { return fmt::format("is {}, expected {}", shown(value), what); };
    if constexpr (IsVector<T>::value) {
      if (value.kind != PackKind::kArray) return expected("an array");
      T items;
      items.reserve(value.count);
      for (std::size_t item = at + 1; item < value.end; item = values_[item].end) {
        typename T::value_type converted{};
        if (std::string problem = convert(item, limits, converted); !problem.empty())
          return "holds an item that " + problem;
        items.push_back(std::move(converted));
      }
      target = std::move(items);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (value.kind != PackKind::kBool) return expected("true or false");
      target = value.number != 0;
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (value.kind != PackKind::kText) return expected("text");
      target = std::string(value.text);
      if (!limits.one_of.empty() &&
          std::find(limits.one_of.begin(), limits.one_of.end(), target) == limits.one_of.end())
        return expected(fmt::format("one of {}", fmt::join(limits.one_of, ", ")));
    } else {
      return convert_number(value, limits, target);
    }
    return {};
  }

  template <class T>
  static std::string convert_number(const PackValue& value, const FieldLimits& limits, T& target) {
    const auto expected = [&](std::string_view what) { return fmt::format("is {}, expected {}", shown(value), what); };
    const bool is_whole = value.kind == PackKind::kUnsigned || value.kind == PackKind::kNegative;
    if constexpr (std::is_integral_v<T>) {
      if (!is_whole) return expected("a whole number");
      if (!fits<T>(value))
        return expected(fmt::format("{} to {}", std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    } else if (!is_whole && value.kind != PackKind::kDouble) {
      return expected("a number");
    }
    const double number = as_double(value);
    if (!std::isfinite(number)) return expected("a finite number");
    if (!(number >= limits.min && number <= limits.max))
      return expected(fmt::format("{} to {}", limits.min, limits.max));
    if constexpr (std::is_integral_v<T>) {
      target = static_cast<T>(value.number);
    } else {
      target = number;
    }
    return {};
  }

  std::string what_;
  std::vector<PackValue> values_;
  std::vector<Level> levels_;
  std::vector<std::string> problems_;
};

}  // namespace

namespace detail {
std::unique_ptr<ConfigVisitor> create_pack_reader(std::span<const std::uint8_t> bytes, std::string_view what,
                                                  const PackLimits& limits) {
  return std::make_unique<PackReader>(bytes, what, limits);
}
void finish_reading(ConfigVisitor& reader) { static_cast<PackReader&>(reader).finish(); }
}  // namespace detail

}  // namespace atl::net
