// Configuration: one TOML file describes one run, read into plain structs.
//
// A component writes a struct with defaults and one free function beside it,
//
//     void describe(ConfigVisitor& v, TrainConfig& c) {
//       v.field("steps", &c.steps, {.min = 1});
//       v.table("optimizer", c.optimizer);
//     }
//
// and the same function reads a file, applies `--set section.key=value`, and writes the resolved config beside every
// output. A key that no struct claims is an error that names the nearest known one; all problems are reported at once.
// Not for use from several threads at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace atl {

/// What a config field may be.
using ConfigField = std::variant<bool*, int*, std::int64_t*, std::uint64_t*, double*, std::string*, std::vector<int>*,
                                 std::vector<double>*, std::vector<std::string>*>;

/// Inclusive limits of numeric fields, of each element in lists; and the allowed words of strings (empty: any).
struct FieldLimits {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> one_of{};
};

/// Meets every field of a config struct, in order. Two implementations: reading and writing.
class ConfigVisitor {
 public:
  virtual ~ConfigVisitor() = default;
  virtual void field(std::string_view name, ConfigField field, const FieldLimits& limits = {}) = 0;
  virtual void begin_table(std::string_view name) = 0;
  virtual void end_table() = 0;
  /// An array of tables `[[name]]` that has `size` items now. Returns how many default items shall replace them, or
  /// nothing to keep them.
  virtual std::optional<std::size_t> begin_list(std::string_view name, std::size_t size) = 0;
  virtual void begin_item(std::size_t index) = 0;

  /// A nested struct as the table `name`.
  template <class T>
  void table(std::string_view name, T& value) {
    begin_table(name);
    describe(*this, value);
    end_table();
  }

  /// A list of structs as the array of tables `name`. When reading a file that has the array, `values` is replaced.
  template <class T>
  void list(std::string_view name, std::vector<T>& values) {
    if (const auto size = begin_list(name, values.size())) values = std::vector<T>(*size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      begin_item(i);
      describe(*this, values[i]);
      end_table();
    }
    end_table();
  }
};

/// A parsed TOML document with overrides applied. Reading a struct from it marks the keys that were used.
class ConfigDocument {
 public:
  /// Reads `path`; throws Error(kFile) or Error(kConfig) with file, line and column.
  [[nodiscard]] static ConfigDocument from_file(const std::filesystem::path& path);
  /// Parses `text`; `name` stands for the file in messages.
  [[nodiscard]] static ConfigDocument from_text(std::string_view text, std::string name);
  ConfigDocument(ConfigDocument&&) noexcept;
  ConfigDocument& operator=(ConfigDocument&&) noexcept;
  ~ConfigDocument();

  /// Lays another file over this one: its keys win, lists are replaced whole. Throws as `from_file`.
  void merge_file(const std::filesystem::path& path);

  /// Applies one `section.key=value`. The value is TOML; what is no TOML, or stands for a string field, is taken as it
  /// is written.
  /// Items of a list of tables are named by number: `list.0.key=value`.
  void set(std::string_view assignment);

  /// Fills `value` from the whole document and refuses keys that it did not claim. Throws Error(kConfig) listing every
  /// problem: key, value found, value expected.
  template <class T>
  void read(T& value) {
    const std::unique_ptr<ConfigVisitor> reader = create_reader();
    describe(*reader, value);
    finish(*reader);
  }

 private:
  struct Tree;
  explicit ConfigDocument(std::unique_ptr<Tree> tree);
  [[nodiscard]] std::unique_ptr<ConfigVisitor> create_reader();
  void finish(ConfigVisitor& reader);
  std::unique_ptr<Tree> tree_;
};

namespace detail {
/// A visitor that collects TOML text; `text_of` returns what it collected.
[[nodiscard]] std::unique_ptr<ConfigVisitor> create_toml_writer();
[[nodiscard]] std::string text_of(ConfigVisitor& writer);
}  // namespace detail

/// The struct as TOML text, every field written out.
template <class T>
[[nodiscard]] std::string to_toml(const T& value) {
  T copy = value;
  const std::unique_ptr<ConfigVisitor> writer = detail::create_toml_writer();
  describe(*writer, copy);
  return detail::text_of(*writer);
}

/// Reads `paths`, at least one, each over those before it, and applies `overrides` in order.
template <class T>
[[nodiscard]] T load_config(std::span<const std::filesystem::path> paths, std::span<const std::string> overrides = {}) {
  ConfigDocument document = ConfigDocument::from_file(paths.front());
  for (const std::filesystem::path& path : paths.subspan(1)) document.merge_file(path);
  for (const std::string& assignment : overrides) document.set(assignment);
  T value;
  document.read(value);
  return value;
}

template <class T>
[[nodiscard]] T load_config(const std::filesystem::path& path, std::span<const std::string> overrides = {}) {
  return load_config<T>(std::span(&path, 1), overrides);
}

/// A struct from TOML text; `name` stands for the file in messages.
template <class T>
[[nodiscard]] T parse_config(std::string_view text, std::string name) {
  ConfigDocument document = ConfigDocument::from_text(text, std::move(name));
  T value;
  document.read(value);
  return value;
}

}  // namespace atl
