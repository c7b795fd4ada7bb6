// Reading: a TOML document, `--set` on top of it, and its values as fields. What is written: config_writer.cpp.
#include "core/config.h"

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "core/toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <sstream>
#include <type_traits>
#include <utility>

namespace atl {
namespace {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
constexpr std::string_view type_name() {
  if constexpr (std::is_same_v<T, bool>)
    return "true or false";
  else if constexpr (std::is_integral_v<T>)
    return "a whole number";
  else if constexpr (std::is_floating_point_v<T>)
    return "a number";
  else
    return "a string";
}

std::string shown(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& n) {
    if constexpr (toml::is_table<decltype(n)>)
      out << "a table";
    else
      out << n;
  });
  return out.str();
}

// A whole number that is written as text because TOML has none so large: some seeds.
bool parse_large(const toml::node& node, std::uint64_t& target) {
  const auto text = node.value_exact<std::string>();
  if (!text) return false;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value <= detail::kLargestTomlInteger) return false;
  target = value;
  return true;
}

// "1 to 9" if the number lies outside, else nothing.
template <class T>
std::string violated_range(const toml::node& node, const FieldLimits& limits) {
  const auto* integer = node.as_integer();
  const double value = integer != nullptr ? static_cast<double>(integer->get()) : node.as_floating_point()->get();
  double min = limits.min;
  double max = limits.max;
  bool fits = true;
  if constexpr (std::is_integral_v<T>) {
    fits = std::in_range<T>(integer->get());
    min = std::max(min, static_cast<double>(std::numeric_limits<T>::min()));
    max = std::min(max, static_cast<double>(std::numeric_limits<T>::max()));
  }
  return fits && value >= min && value <= max ? std::string{} : fmt::format("{} to {}", min, max);
}

// Converts one TOML value; returns the problem in words, or nothing.
template <class T>
std::string convert(const toml::node& node, const FieldLimits& limits, T& target) {
  const auto expected = [&](std::string_view what) { return fmt::format("is {}, expected {}", shown(node), what); };
  if constexpr (IsVector<T>::value) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return expected("a list");
    T values;
    for (const toml::node& item : *array) {
      typename T::value_type value{};
      if (std::string problem = convert(item, limits, value); !problem.empty()) return "holds an item that " + problem;
      values.push_back(std::move(value));
    }
    target = std::move(values);
  } else if constexpr (std::is_same_v<T, bool>) {
    const auto value = node.value_exact<bool>();
    if (!value) return expected(type_name<T>());
    target = *value;
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto value = node.value_exact<std::string>();
    if (!value) return expected(type_name<T>());
    if (!limits.one_of.empty() && std::find(limits.one_of.begin(), limits.one_of.end(), *value) == limits.one_of.end())
      return expected(fmt::format("one of {} (nearest: \"{}\")", fmt::join(limits.one_of, ", "),
                                  nearest_name(*value, limits.one_of)));
    target = *value;
  } else {
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      if (parse_large(node, target)) return {};
    }
    const bool whole = std::is_integral_v<T>;
    if (whole ? !node.is_integer() : !(node.is_integer() || node.is_floating_point())) return expected(type_name<T>());
    if (std::string range = violated_range<T>(node, limits); !range.empty()) return expected(range);
    // Whole numbers never pass through a double, which would round them from 2^53 on.
    if (const auto* integer = node.as_integer())
      target = static_cast<T>(integer->get());
    else
      target = static_cast<T>(node.as_floating_point()->get());
  }
  return {};
}

// What `--set` was given, as it was written, by the path of the field.
using RawValues = std::map<std::string, std::string>;

class TomlReader final : public ConfigVisitor {
 public:
  TomlReader(const toml::table& root, const RawValues& raw_values, std::string name)
      : name_(std::move(name)), raw_values_(raw_values) {
    levels_.push_back({&root, "", {}});
  }

  void field(std::string_view name, ConfigField field, const FieldLimits& limits) override {
    const toml::node* node = claim(name);
    if (node == nullptr) return;
    // `--set name=5` means the text "5" where a text is asked for.
    const auto raw = raw_values_.find(path_of(name));
    const toml::value<std::string> as_text(raw == raw_values_.end() ? "" : raw->second);
    if (raw != raw_values_.end() && std::holds_alternative<std::string*>(field) && !node->is_string()) node = &as_text;
    std::visit(
        [&](auto* target) {
          if (std::string problem = convert(*node, limits, *target); !problem.empty())
            add_problem(*node, path_of(name), problem);
        },
        field);
  }

  void begin_table(std::string_view name) override {
    const toml::node* node = claim(name);
    const toml::table* table = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && table == nullptr)
      add_problem(*node, path_of(name), "is " + shown(*node) + ", expected a table");
    levels_.push_back({table, path_of(name), {}});
  }

  std::optional<std::size_t> begin_list(std::string_view name, std::size_t /*size*/) override {
    const toml::node* node = claim(name);
    const toml::array* array = node == nullptr ? nullptr : node->as_array();
    if (node != nullptr && array == nullptr)
      add_problem(*node, path_of(name), "is " + shown(*node) + ", expected [[tables]]");
    levels_.push_back({nullptr, path_of(name), {}, array});
    if (array == nullptr) return std::nullopt;
    return array->size();
  }

  void begin_item(std::size_t index) override {
    const Level& list = levels_.back();
    const toml::table* table = list.array == nullptr ? nullptr : list.array->get(index)->as_table();
    const std::string path = fmt::format("{}[{}]", list.path, index);
    if (list.array != nullptr && table == nullptr) add_problem(*list.array->get(index), path, "is no table");
    levels_.push_back({table, path, {}});
  }

  void end_table() override {
    report_unclaimed();
    levels_.pop_back();
  }

  void finish() {
    report_unclaimed();
    if (!problems_.empty()) fail(ErrorKind::kConfig, "{}:\n  {}", name_, fmt::join(problems_, "\n  "));
  }

 private:
  struct Level {
    const toml::table* table;  // null where the file has no such table
    std::string path;
    std::vector<std::string> claimed;
    const toml::array* array = nullptr;
  };

  const toml::node* claim(std::string_view name) {
    levels_.back().claimed.emplace_back(name);
    return levels_.back().table == nullptr ? nullptr : levels_.back().table->get(name);
  }

  [[nodiscard]] std::string path_of(std::string_view name) const {
    const std::string& path = levels_.back().path;
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }

  void add_problem(const toml::node& node, const std::string& path, const std::string& problem) {
    const auto line = node.source().begin.line;
    problems_.push_back(line > 0 ? fmt::format("line {}: {} {}", line, path, problem)
                                 : fmt::format("{} {}", path, problem));
  }

  void report_unclaimed() {
    const Level& level = levels_.back();
    if (level.table == nullptr) return;
    for (const auto& [key, node] : *level.table) {
      const std::string name(key.str());
      if (std::find(level.claimed.begin(), level.claimed.end(), name) != level.claimed.end()) continue;
      add_problem(node, path_of(name),
                  level.claimed.empty()
                      ? std::string("is unknown; no key is known here")
                      : fmt::format("is unknown; the nearest known key is \"{}\"", nearest_name(name, level.claimed)));
    }
  }

  std::string name_;
  const RawValues& raw_values_;
  std::vector<Level> levels_;
  std::vector<std::string> problems_;
};

bool surprises_toml(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const toml::parse_error&) {
  } catch (const detail::TomlSurprise&) {
    return true;
  }
  return false;
}

// The first line with which `text` surprises the parser; lines before it do not.
std::size_t line_of_surprise(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ends.push_back(at);
  const auto first = std::partition_point(ends.begin(), ends.end(),
                                          [&](std::size_t end) { return !surprises_toml(text.substr(0, end)); });
  return static_cast<std::size_t>(first - ends.begin()) + 1;
}

toml::table parse_toml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const detail::TomlSurprise&) {
    fail(ErrorKind::kConfig, "{}: line {}: what stands there is no TOML; expected key = value or [table]", name,
         line_of_surprise(text));
  } catch (const toml::parse_error& e) {
    fail(ErrorKind::kConfig, "{}: line {}, column {}: {}", name, e.source().begin.line, e.source().begin.column,
         e.description());
  }
}

}  // namespace

struct ConfigDocument::Tree {
  toml::table root;
  std::string name;
  RawValues raw_values;
};

ConfigDocument::ConfigDocument(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
ConfigDocument::ConfigDocument(ConfigDocument&&) noexcept = default;
ConfigDocument& ConfigDocument::operator=(ConfigDocument&&) noexcept = default;
ConfigDocument::~ConfigDocument() = default;

ConfigDocument ConfigDocument::from_file(const std::filesystem::path& path) {
  return from_text(read_text_file(path), path.string());
}

ConfigDocument ConfigDocument::from_text(std::string_view text, std::string name) {
  toml::table root = parse_toml(text, name);
  return ConfigDocument(std::make_unique<Tree>(Tree{std::move(root), std::move(name), {}}));
}

namespace {

void lay_over(toml::table& below, toml::table&& above) {
  for (auto&& entry : above) {
    const toml::key& key = entry.first;
    toml::table* inner = below[key].as_table();
    if (inner != nullptr && entry.second.is_table())
      lay_over(*inner, std::move(*entry.second.as_table()));
    else
      std::move(entry.second).visit([&](auto&& node) {
        below.insert_or_assign(key, std::forward<decltype(node)>(node));
      });
  }
}

// Whether a path goes on with the number of an item and a key of it, "0.key", and not with a key of digits.
bool names_item(std::string_view rest) {
  const std::size_t end = rest.find_first_not_of("0123456789");
  return end != 0 && end != std::string_view::npos && rest[end] == '.';
}

}  // namespace

void ConfigDocument::merge_file(const std::filesystem::path& path) {
  lay_over(tree_->root, parse_toml(read_text_file(path), path.string()));
  tree_->name += " + " + path.string();
}

void ConfigDocument::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    fail(ErrorKind::kUsage, "--set {}: expected section.key=value", assignment);
  const std::string path(assignment.substr(0, equals));
  const std::string value(assignment.substr(equals + 1));

  if (path.starts_with('.') || path.ends_with('.') || path.find("..") != std::string::npos)
    fail(ErrorKind::kUsage, "--set {}: a name between two points is missing, expected section.key=value", assignment);

  // The value is TOML; what does not parse, or is more than one value, is a bare word.
  toml::table parsed;
  try {
    parsed = toml::parse("v = " + value);
  } catch (const toml::parse_error&) {
  } catch (const detail::TomlSurprise&) {
  }
  if (parsed.size() != 1) parsed = toml::table{{"v", value}};

  toml::table* table = &tree_->root;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; begin = dot + 1, dot = path.find('.', begin)) {
    const std::string part = path.substr(begin, dot - begin);
    toml::node* node = table->get(part);
    if (node == nullptr && names_item(std::string_view(path).substr(dot + 1)))
      node = &table->insert_or_assign(part, toml::array{}).first->second;
    if (node == nullptr) node = &table->insert_or_assign(part, toml::table{}).first->second;
    // A list of tables: the next part is the number of the one meant, or of one to be added.
    if (toml::array* list = node->as_array()) {
      const std::size_t next = path.find('.', dot + 1);
      const std::string number = path.substr(dot + 1, next == std::string::npos ? next : next - dot - 1);
      std::size_t index = 0;
      const auto parsed_number = std::from_chars(number.data(), number.data() + number.size(), index);
      if (next == std::string::npos || parsed_number.ec != std::errc{} || index > list->size())
        fail(ErrorKind::kUsage,
             "--set {}: \"{}\" is a list of {}; name one of them as {}.0.key, or add the next as {}.{}.key", assignment,
             part, list->size(), path.substr(0, dot), path.substr(0, dot), list->size());
      if (index == list->size()) list->push_back(toml::table{});
      node = list->get(index);
      dot = next;
    }
    table = node->as_table();
    if (table == nullptr) fail(ErrorKind::kUsage, "--set {}: \"{}\" is a value, expected a section", assignment, part);
  }
  parsed.get("v")->visit([&](const auto& node) { table->insert_or_assign(path.substr(begin), node); });
  tree_->raw_values[path] = value;
}

std::unique_ptr<ConfigVisitor> ConfigDocument::create_reader() {
  return std::make_unique<TomlReader>(tree_->root, tree_->raw_values, tree_->name);
}

void ConfigDocument::finish(ConfigVisitor& reader) { static_cast<TomlReader&>(reader).finish(); }

}  // namespace atl
