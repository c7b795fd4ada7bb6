// A config struct as TOML text: how core/config.h's to_toml writes.
#include "core/config.h"
#include "core/toml.h"

#include <sstream>
#include <type_traits>
#include <utility>

namespace atl::detail {
namespace {

template <class T>
auto node_of(const T& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return static_cast<std::int64_t>(value);
  else
    return value;
}

template <class T>
toml::array node_of(const std::vector<T>& values) {
  toml::array array;
  for (const T& item : values) array.push_back(node_of(item));
  return array;
}

class TomlWriter final : public ConfigVisitor {
 public:
  void field(std::string_view name, ConfigField field, const FieldLimits& /*limits*/) override {
    std::visit(
        [&](const auto* value) {
          using T = std::remove_cvref_t<decltype(*value)>;
          if constexpr (std::is_same_v<T, std::uint64_t>) {
            // Text: config.cpp takes it for a number again.
            if (*value > kLargestTomlInteger) {
              current().insert_or_assign(name, std::to_string(*value));
              return;
            }
          }
          current().insert_or_assign(name, node_of(*value));
        },
        field);
  }

  void begin_table(std::string_view name) override {
    names_.emplace_back(name);
    tables_.emplace_back();
    lists_.emplace_back(false);
  }

  std::optional<std::size_t> begin_list(std::string_view name, std::size_t /*size*/) override {
    names_.emplace_back(name);
    tables_.emplace_back();
    lists_.emplace_back(true);
    arrays_.emplace_back();
    return std::nullopt;
  }

  void begin_item(std::size_t /*index*/) override { begin_table(""); }

  void end_table() override {
    const std::string name = names_.back();
    const bool is_list = lists_.back();
    toml::table table = std::move(tables_.back());
    names_.pop_back();
    lists_.pop_back();
    tables_.pop_back();
    if (is_list) {
      current().insert_or_assign(name, std::move(arrays_.back()));
      arrays_.pop_back();
    } else if (!lists_.empty() && lists_.back()) {
      arrays_.back().push_back(std::move(table));
    } else {
      current().insert_or_assign(name, std::move(table));
    }
  }

  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out << root_ << "\n";
    return out.str();
  }

 private:
  toml::table& current() { return tables_.empty() ? root_ : tables_.back(); }

  toml::table root_;
  std::vector<toml::table> tables_;
  std::vector<std::string> names_;
  std::vector<bool> lists_;
  std::vector<toml::array> arrays_;
};

}  // namespace

std::unique_ptr<ConfigVisitor> create_toml_writer() { return std::make_unique<TomlWriter>(); }
std::string text_of(ConfigVisitor& writer) { return static_cast<TomlWriter&>(writer).text(); }

}  // namespace atl::detail
