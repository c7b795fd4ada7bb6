#include "distributed/log_message.h"

#include "core/error.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

namespace atl::distributed {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

constexpr std::uint32_t kMagic = 0x314d4c41;  // "ALM1"
constexpr std::size_t kMessageHead = 80;
constexpr std::size_t kEntryHead = 16;
constexpr std::size_t kMembersHead = 16;

using Ids = std::vector<std::uint64_t>;

bool contains(const Ids& ids, std::uint64_t id) { return std::ranges::find(ids, id) != ids.end(); }

class Writer {
 public:
  explicit Writer(std::size_t size) { bytes_.reserve(size); }

  template <class T>
  void put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void put(const Bytes& bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void put(const Ids& ids) {
    for (const std::uint64_t id : ids) put(id);
  }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

// Reads from the front on; nothing beyond the end.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  template <class T>
  T take() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::span<const std::uint8_t> take(std::uint64_t size) {
    if (size > left()) {
      fail(ErrorKind::kFormat, "{} of {} bytes ends too soon: {} more are expected at byte {}, {} are there", what_,
           bytes_.size(), size, at_, left());
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  Bytes take_bytes(std::uint64_t size) {
    const std::span<const std::uint8_t> bytes = take(size);
    return {bytes.begin(), bytes.end()};
  }
  Ids take_ids(std::uint64_t count) {
    const std::span<const std::uint8_t> bytes = take(count * sizeof(std::uint64_t));
    Ids ids(count);
    if (count > 0) std::memcpy(ids.data(), bytes.data(), bytes.size());
    return ids;
  }
  void expect(bool holds, std::string_view field, std::uint64_t found, std::string_view expected) const {
    if (!holds) fail(ErrorKind::kFormat, "{}: {} is {}, expected {}", what_, field, found, expected);
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::string_view what_;
  std::size_t at_ = 0;
};

void check_ids(const LogMembers& members, const Reader& reader) {
  Ids all = members.voters;
  all.insert(all.end(), members.learners.begin(), members.learners.end());
  all.insert(all.end(), members.removed.begin(), members.removed.end());
  std::ranges::sort(all);
  reader.expect(!members.voters.empty(), "number of voters", 0, "1 or more");
  reader.expect(all.front() != 0, "an id", 0, "no member to have it");
  const auto doubled = std::ranges::adjacent_find(all);
  if (doubled != all.end()) reader.expect(false, "an id that is there twice", *doubled, "each once");
}

LogEntry take_entry(Reader& reader) {
  LogEntry entry;
  entry.term = reader.take<std::uint64_t>();
  const auto size = reader.take<std::uint32_t>();
  const auto kind = reader.take<std::uint32_t>();  // with its three zeros
  reader.expect(size <= kMaxEntryBytes, "size of an entry's body", size, "at most 64 MiB");
  reader.expect(kind <= static_cast<std::uint32_t>(LogEntryKind::kData), "kind of an entry", kind, "0, 1 or 2");
  entry.kind = static_cast<LogEntryKind>(kind);
  entry.body = reader.take_bytes(size);
  return entry;
}

std::size_t size_of(const LogMessage& message) {
  std::size_t size = kMessageHead + message.snapshot.size();
  for (const LogEntry& entry : message.entries) size += kEntryHead + entry.body.size();
  return size;
}

}  // namespace

bool LogMembers::is_voter(std::uint64_t id) const { return contains(voters, id); }
bool LogMembers::is_learner(std::uint64_t id) const { return contains(learners, id); }
bool LogMembers::was_removed(std::uint64_t id) const { return contains(removed, id); }

Bytes encode(const LogMembers& members) {
  const std::size_t count = members.voters.size() + members.learners.size() + members.removed.size();
  Writer writer(kMembersHead + count * sizeof(std::uint64_t));
  writer.put(static_cast<std::uint32_t>(members.voters.size()));
  writer.put(static_cast<std::uint32_t>(members.learners.size()));
  writer.put(static_cast<std::uint32_t>(members.removed.size()));
  writer.put(std::uint32_t{0});
  for (const Ids* ids : {&members.voters, &members.learners, &members.removed}) writer.put(*ids);
  return writer.take();
}

LogMembers decode_log_members(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes, "a list of a log's members");
  const auto voters = reader.take<std::uint32_t>();
  const auto learners = reader.take<std::uint32_t>();
  const auto removed = reader.take<std::uint32_t>();
  const auto zero = reader.take<std::uint32_t>();
  reader.expect(zero == 0, "what follows the counts", zero, "0");
  LogMembers members;
  members.voters = reader.take_ids(voters);
  members.learners = reader.take_ids(learners);
  members.removed = reader.take_ids(removed);
  reader.expect(reader.left() == 0, "number of bytes behind the end", reader.left(), "0");
  check_ids(members, reader);
  return members;
}

Bytes encode(const LogMessage& message) {
  Writer writer(size_of(message));
  writer.put(kMagic);
  writer.put(static_cast<std::uint8_t>(message.verb));
  writer.put(static_cast<std::uint8_t>(message.is_yes));
  writer.put(std::uint16_t{0});
  for (const std::uint64_t number :
       {message.from, message.to, message.group, message.term, message.index, message.index_term, message.commit})
    writer.put(number);
  writer.put(static_cast<std::uint32_t>(message.entries.size()));
  writer.put(std::uint32_t{0});
  writer.put(static_cast<std::uint64_t>(message.snapshot.size()));
  for (const LogEntry& entry : message.entries) {
    writer.put(entry.term);
    writer.put(static_cast<std::uint32_t>(entry.body.size()));
    writer.put(static_cast<std::uint32_t>(entry.kind));
    writer.put(entry.body);
  }
  writer.put(message.snapshot);
  return writer.take();
}

LogMessage decode_log_message(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes, "a message of a log");
  const auto magic = reader.take<std::uint32_t>();
  const auto verb = reader.take<std::uint8_t>();
  const auto yes = reader.take<std::uint8_t>();
  const auto zeros = reader.take<std::uint16_t>();
  reader.expect(magic == kMagic, "the start", magic, "\"ALM1\"");
  reader.expect(verb >= 1 && verb <= static_cast<std::uint8_t>(LogVerb::kRemoved), "the verb", verb, "1 .. 9");
  reader.expect(yes <= 1, "the answer", yes, "0 or 1");
  reader.expect(zeros == 0, "what follows the answer", zeros, "0");
  LogMessage message{.verb = static_cast<LogVerb>(verb), .is_yes = yes == 1};
  for (std::uint64_t* number : {&message.from, &message.to, &message.group, &message.term, &message.index,
                                &message.index_term, &message.commit})
    *number = reader.take<std::uint64_t>();
  const auto num_entries = reader.take<std::uint32_t>();
  const auto zero = reader.take<std::uint32_t>();
  reader.expect(zero == 0, "what follows the number of entries", zero, "0");
  const auto snapshot = reader.take<std::uint64_t>();
  // Before anything is allocated for them.
  reader.expect(num_entries <= reader.left() / kEntryHead, "number of entries", num_entries, "what the bytes can hold");
  message.entries.reserve(num_entries);
  for (std::uint32_t i = 0; i < num_entries; ++i) message.entries.push_back(take_entry(reader));
  message.snapshot = reader.take_bytes(snapshot);
  reader.expect(reader.left() == 0, "number of bytes behind the end", reader.left(), "0");
  return message;
}

}  // namespace atl::distributed
