#include "trainer/event_file.h"

#include "core/clock.h"
#include "core/error.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>

namespace atl::trainer {
namespace {

// Numbers of fields in event.proto and summary.proto.
constexpr std::uint32_t kWallTime = 1;     // Event, double
constexpr std::uint32_t kStep = 2;         // Event, int64
constexpr std::uint32_t kFileVersion = 3;  // Event, string
constexpr std::uint32_t kSummary = 5;      // Event, Summary
constexpr std::uint32_t kSessionLog = 7;   // Event, SessionLog
constexpr std::uint32_t kStatus = 1;       // SessionLog, enum
constexpr std::uint64_t kStart = 1;        // SessionLog::START: what follows replaces what was written of later steps
constexpr std::uint32_t kValue = 1;        // Summary, repeated Value
constexpr std::uint32_t kTag = 1;          // Value, string
constexpr std::uint32_t kSimpleValue = 2;  // Value, float

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}

// Of a checksum that is itself stored among checksummed bytes.
std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8U; }

template <class T>
void put_bytes(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little);
  std::array<char, sizeof(T)> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(T));
  out.append(bytes.data(), bytes.size());
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, std::uint32_t field, WireType type) { put_varint(out, (field << 3) | type); }

void put_text(std::string& out, std::uint32_t field, std::string_view text) {
  put_tag(out, field, kBytes);
  put_varint(out, text.size());
  out.append(text);
}

// An Event's beginning: when, and of which step.
std::string begin_event(std::int64_t step) {
  const WallAnchor now = read_wall_anchor();
  std::string event;
  put_tag(event, kWallTime, kFixed64);
  put_bytes(event, static_cast<double>(now.wall_ns) * 1e-9);
  put_tag(event, kStep, kVarint);
  put_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

}  // namespace

std::uint32_t crc32c_of(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t first_step) {
  const WallAnchor now = read_wall_anchor();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  // TensorBoard reads every file with "tfevents" in its name, in the order of their names.
  path_ = folder / fmt::format("events.out.tfevents.{}.{}", now.wall_ns, getpid());
  file_.open(path_, std::ios::binary);
  if (!file_) fail(ErrorKind::kFile, "cannot create {}: {}", path_.string(), std::strerror(errno));
  std::string version = begin_event(0);
  put_text(version, kFileVersion, "brain.Event:2");
  write(version);
  std::string log;
  put_tag(log, kStatus, kVarint);
  put_varint(log, kStart);
  std::string start = begin_event(first_step);
  put_text(start, kSessionLog, log);
  write(start);
}

void EventFile::append(std::int64_t step, std::span<const Scalar> scalars) {
  std::string summary;
  for (const auto& [name, number] : scalars) {
    std::string value;
    put_text(value, kTag, name);
    put_tag(value, kSimpleValue, kFixed32);
    put_bytes(value, static_cast<float>(number));
    put_text(summary, kValue, value);
  }
  std::string event = begin_event(step);
  put_text(event, kSummary, summary);
  write(event);
}

void EventFile::write(std::string_view event) {
  std::string record;
  put_bytes(record, static_cast<std::uint64_t>(event.size()));
  put_bytes(record, masked(crc32c_of(record)));
  record.append(event);
  put_bytes(record, masked(crc32c_of(event)));
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  file_.flush();
  if (!file_) fail(ErrorKind::kFile, "cannot write {}: is the disk full?", path_.string());
}

}  // namespace atl::trainer
