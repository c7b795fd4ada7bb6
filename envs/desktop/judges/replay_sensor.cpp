#include "envs/desktop/judges/replay_sensor.h"

#include "core/error.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

namespace atl::envs::desktop {
namespace {

constexpr std::size_t kMaxHead = 65536;  // bytes of the file that are read
constexpr std::string_view kForm = "NAME TYPE OFFSET with a type of u8 i16 u16 i32 u32 f32 (…be: big-endian) or text:N";

std::optional<std::size_t> parse_size(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kMaxHead) return std::nullopt;
  return number;
}

// Where a file was written anew: its time and size differ.
struct Stamp {
  std::filesystem::file_time_type time{};
  std::uintmax_t size = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

Stamp stamp_of(const std::filesystem::path& path) {
  std::error_code error;
  Stamp stamp;
  stamp.size = std::filesystem::file_size(path, error);
  if (error) return {};
  stamp.time = std::filesystem::last_write_time(path, error);
  return error ? Stamp{} : stamp;
}

std::vector<std::uint8_t> read_head(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes(kMaxHead);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

class ReplaySensor final : public Sensor {
 public:
  explicit ReplaySensor(const JudgeProfile& judge) : file_(judge.file) {
    for (const std::string& text : judge.fields) fields_.emplace_back(text);
  }

  void begin(const RunFolders& folders, const std::string& /*target*/) override {
    path_ = folders.home / file_;
    last_ = stamp_of(path_);
  }

  void see(const Frame& /*frame*/) override {}

  [[nodiscard]] std::vector<Reading> poll() override {
    const Stamp stamp = stamp_of(path_);
    if (stamp == last_) return {};
    const std::vector<std::uint8_t> bytes = read_head(path_);
    Reading reading{{"size", static_cast<double>(stamp.size)}};
    for (const ReplayField& field : fields_) {
      auto value = field.read(bytes);
      if (!value) return {};  // still being written
      reading[field.name()] = std::move(*value);
    }
    last_ = stamp;
    return {std::move(reading)};
  }

 private:
  const std::string file_;
  std::vector<ReplayField> fields_;
  std::filesystem::path path_;
  Stamp last_;
};

}  // namespace

ReplayField::ReplayField(const std::string& text) {
  std::istringstream words(text);
  std::string type;
  std::string offset;
  std::string more;
  words >> name_ >> type >> offset;
  const auto at = parse_size(offset);
  std::optional<std::size_t> bytes;
  if (type.starts_with("text:")) {
    kind_ = 't';
    bytes = parse_size(std::string_view(type).substr(5));
  } else {
    is_big_endian_ = type.ends_with("be");
    if (is_big_endian_) type.resize(type.size() - 2);
    kind_ = type.empty() ? '?' : type.front();
    for (const std::string_view known : {"u8", "i8", "i16", "u16", "i32", "u32", "f32"}) {
      if (type == known) bytes = *parse_size(known.substr(1)) / 8;
    }
  }
  if (name_.empty() || !at || !bytes || *bytes == 0 || (words >> more))
    fail(ErrorKind::kConfig, "replay field \"{}\", expected {}", text, kForm);
  size_ = *bytes;
  offset_ = *at;
}

std::optional<ReadingValue> ReplayField::read(std::span<const std::uint8_t> bytes) const {
  if (offset_ + size_ > bytes.size()) return std::nullopt;
  const auto part = bytes.subspan(offset_, size_);
  if (kind_ == 't') {
    const std::string text(part.begin(), part.end());
    return text.substr(0, text.find('\0'));
  }
  std::uint32_t raw = 0;
  for (std::size_t i = 0; i < size_; ++i) raw |= std::uint32_t{part[is_big_endian_ ? size_ - 1 - i : i]} << (8 * i);
  if (kind_ == 'f') return static_cast<double>(std::bit_cast<float>(raw));
  if (kind_ == 'u') return static_cast<double>(raw);
  const int unused = 32 - 8 * static_cast<int>(size_);
  return static_cast<double>(static_cast<std::int32_t>(raw << unused) >> unused);
}

std::unique_ptr<Sensor> create_replay_sensor(const JudgeProfile& judge) {
  return std::make_unique<ReplaySensor>(judge);
}

}  // namespace atl::envs::desktop
