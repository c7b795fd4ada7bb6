#include "net/header.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::net {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic{'A', 'T', 'L', 'M'};
constexpr std::array<std::string_view, 24> kVerbs{
    "?",     "HELLO", "SPEC", "RESET", "STEP",  "SEND", "OBS",  "OUTCOME", "SNAPSHOT", "RESTORE", "CLOSE", "PING",
    "ERROR", "JOIN",  "SEED", "STATE", "BEGIN", "BEAT", "PUSH", "FETCH",   "LEAVE",    "LOG",     "PLAN",  "GIVE"};
constexpr std::array<std::string_view, 10> kStatuses{"ok",    "malformed", "version",     "too large", "unknown",
                                                     "order", "credit",    "unsupported", "failed",    "limit"};
constexpr std::size_t kUsedBytes = 56;

template <class T>
void put(std::array<std::uint8_t, kHeaderBytes>& bytes, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[at + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <class T>
T get(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<std::uint64_t>(bytes[at + i]) << (8 * i);
  return static_cast<T>(value);
}

Refusal malformed(std::string reason) { return {Status::kMalformed, std::move(reason)}; }

}  // namespace

std::string_view to_string(Verb verb) {
  const auto index = static_cast<std::size_t>(verb);
  return index < kVerbs.size() ? kVerbs[index] : kVerbs[0];
}

std::string_view to_string(Status status) {
  const auto index = static_cast<std::size_t>(status);
  return index < kStatuses.size() ? kStatuses[index] : "?";
}

std::array<std::uint8_t, kHeaderBytes> encode(const Header& h) {
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  put(bytes, 4, static_cast<std::uint16_t>(kProtocolVersion));
  put(bytes, 6, static_cast<std::uint16_t>(h.verb));
  put(bytes, 8, h.env_id);
  put(bytes, 12, h.agent_id);
  put(bytes, 16, h.request_id);
  put(bytes, 24, h.tick);
  put(bytes, 32, h.flags);
  put(bytes, 36, static_cast<std::uint32_t>(h.status));
  put(bytes, 40, h.t_ns);
  put(bytes, 48, h.n_parts);
  put(bytes, 52, h.episode);
  return bytes;
}

std::optional<Refusal> decode(std::span<const std::uint8_t> part, Header& h) {
  if (part.size() != kHeaderBytes)
    return malformed(fmt::format("the header has {} bytes, expected {}", part.size(), kHeaderBytes));
  if (!std::equal(kMagic.begin(), kMagic.end(), part.begin()))
    return malformed(fmt::format("the header begins with {:02x}{:02x}{:02x}{:02x}, expected \"ATLM\"", part[0], part[1],
                                 part[2], part[3]));
  const auto version = get<std::uint16_t>(part, 4);
  if (version != kProtocolVersion)
    return Refusal{
        Status::kVersion,
        fmt::format("the message is of protocol version {}, this side speaks {}; use the same Atoll on both sides",
                    version, kProtocolVersion)};
  h.env_id = get<std::uint32_t>(part, 8);
  h.agent_id = get<std::uint32_t>(part, 12);
  h.request_id = get<std::uint64_t>(part, 16);
  h.tick = get<std::uint64_t>(part, 24);
  h.flags = get<std::uint32_t>(part, 32);
  h.t_ns = get<std::int64_t>(part, 40);
  h.n_parts = get<std::uint32_t>(part, 48);
  h.episode = get<std::uint32_t>(part, 52);
  const auto verb = get<std::uint16_t>(part, 6);
  if (verb == 0 || verb >= kVerbs.size())
    return malformed(fmt::format("verb {}, expected 1 to {}", verb, kVerbs.size() - 1));
  h.verb = static_cast<Verb>(verb);
  const auto status = get<std::uint32_t>(part, 36);
  if (status >= kStatuses.size())
    return malformed(fmt::format("status {}, expected 0 to {}", status, kStatuses.size() - 1));
  h.status = static_cast<Status>(status);
  if (h.flags != 0) return malformed(fmt::format("flags {:#x}, none is known to this version", h.flags));
  if (!std::all_of(part.begin() + kUsedBytes, part.end(), [](std::uint8_t b) { return b == 0; }))
    return malformed("bytes 56 to 63 of the header are not zero");
  return std::nullopt;
}

}  // namespace atl::net
