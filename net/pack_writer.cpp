#include "core/error.h"
#include "net/pack.h"

#include <bit>
#include <limits>
#include <type_traits>

namespace atl::net {
namespace {

// MessagePack's shortest form of each value (the specification's table "Formats").
class PackWriter final : public ConfigVisitor {
 public:
  PackWriter() { begin_map(); }

  void field(std::string_view name, ConfigField field, const FieldLimits& /*limits*/) override {
    key(name);
    std::visit([&](const auto* value) { put(*value); }, field);
  }
  void begin_table(std::string_view name) override {
    key(name);
    begin_map();
  }
  std::optional<std::size_t> begin_list(std::string_view name, std::size_t size) override {
    key(name);
    put_length(size, 0x90, 0xdc);
    levels_.push_back({0, 0, true});
    return std::nullopt;
  }
  void begin_item(std::size_t /*index*/) override { begin_map(); }
  void end_table() override { end_map(); }

  [[nodiscard]] Bytes take() {
    end_map();
    return std::move(bytes_);
  }

 private:
  struct Level {
    std::size_t count_at;  // where the map's number of pairs is to be written
    std::size_t count;
    bool is_list;
  };

  // The number of pairs is known at the end only: a map16, whose count is filled in then.
  void begin_map() {
    bytes_.push_back(0xde);
    levels_.push_back({bytes_.size(), 0, false});
    bytes_.insert(bytes_.end(), 2, 0);
  }
  void end_map() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (level.is_list) return;
    ATOLL_CHECK(level.count < 65536, "a message of {} fields, expected < 65536", level.count);
    bytes_[level.count_at] = static_cast<std::uint8_t>(level.count >> 8);
    bytes_[level.count_at + 1] = static_cast<std::uint8_t>(level.count);
  }
  void key(std::string_view name) {
    ++levels_.back().count;
    put(name);
  }

  void put_big_endian(std::uint64_t value, int num_bytes) {
    for (int i = num_bytes - 1; i >= 0; --i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  // `fix`: the form that holds up to 15 in its first byte; `wide`: the one with 16 bits, before that with 32.
  void put_length(std::size_t size, std::uint8_t fix, std::uint8_t wide) {
    if (size < 16) {
      bytes_.push_back(static_cast<std::uint8_t>(fix | size));
    } else if (size < 65536) {
      bytes_.push_back(wide);
      put_big_endian(size, 2);
    } else {
      bytes_.push_back(static_cast<std::uint8_t>(wide + 1));
      put_big_endian(size, 4);
    }
  }

  void put(bool value) { bytes_.push_back(value ? 0xc3 : 0xc2); }
  void put(std::uint64_t value) {
    if (value < 0x80) {
      bytes_.push_back(static_cast<std::uint8_t>(value));
      return;
    }
    const int log_bytes = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 0x100000000 ? 2 : 3;
    bytes_.push_back(static_cast<std::uint8_t>(0xcc + log_bytes));
    put_big_endian(value, 1 << log_bytes);
  }
  void put(std::int64_t value) {
    if (value >= 0) return put(static_cast<std::uint64_t>(value));
    if (value >= -32) {
      bytes_.push_back(static_cast<std::uint8_t>(value));
      return;
    }
    const int log_bytes = value >= std::numeric_limits<std::int8_t>::min()    ? 0
                          : value >= std::numeric_limits<std::int16_t>::min() ? 1
                          : value >= std::numeric_limits<std::int32_t>::min() ? 2
                                                                              : 3;
    bytes_.push_back(static_cast<std::uint8_t>(0xd0 + log_bytes));
    put_big_endian(static_cast<std::uint64_t>(value), 1 << log_bytes);
  }
  void put(int value) { put(static_cast<std::int64_t>(value)); }
  void put(double value) {
    bytes_.push_back(0xcb);
    put_big_endian(std::bit_cast<std::uint64_t>(value), 8);
  }
  void put(std::string_view text) {
    if (text.size() < 32) {
      bytes_.push_back(static_cast<std::uint8_t>(0xa0 | text.size()));
    } else if (text.size() < 256) {
      bytes_.push_back(0xd9);
      bytes_.push_back(static_cast<std::uint8_t>(text.size()));
    } else {
      const bool is_long = text.size() >= 65536;
      bytes_.push_back(is_long ? 0xdb : 0xda);
      put_big_endian(text.size(), is_long ? 4 : 2);
    }
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  template <class T>
  void put(const std::vector<T>& values) {
    put_length(values.size(), 0x90, 0xdc);
    for (const T& value : values) put(value);
  }

  Bytes bytes_;
  std::vector<Level> levels_;
};

}  // namespace

namespace detail {
std::unique_ptr<ConfigVisitor> create_pack_writer() { return std::make_unique<PackWriter>(); }
Bytes bytes_of(ConfigVisitor& writer) { return static_cast<PackWriter&>(writer).take(); }
}  // namespace detail

}  // namespace atl::net
