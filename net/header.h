// The first part of every message: 64 bytes, little-endian, the same for worlds and policies.
//
//   0  4  magic "ATLM"        16  8  request_id   48  4  n_parts (of the message, this one included)
//   4  2  version             24  8  tick         52  4  episode
//   6  2  verb                32  4  flags        56  8  zero
//   8  4  env_id              36  4  status
//  12  4  agent_id            40  8  t_ns
//
// The second part is a small MessagePack map (net/pack.h), further parts are raw buffers. A client sends HELLO first;
// each request has one reply, in order per env_id, with its request_id. What verbs mean: docs/remote.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace atl::net {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kHeaderBytes = 64;

enum class Verb : std::uint16_t {
  kHello = 1,     // who is there: both ways
  kSpec = 2,      // of a world or a policy; makes the environment or the policy `env_id` where there is none
  kReset = 3,     // begins an episode; answered by kObs (worlds) or kReset (policies)
  kStep = 4,      // one action at `tick`; answered by kObs
  kSend = 5,      // a chunk of actions: what a policy answers to kObs
  kObs = 6,       // what a player sees: what a world answers, and what a policy is asked with
  kOutcome = 7,   // the present outcome again
  kSnapshot = 8,  // saves an episode's state; answered by kSnapshot with it as the raw part
  kRestore = 9,   // goes back to the state in the raw part; answered by kObs
  kClose = 10,    // frees `env_id`, or everything of the client with kEverything
  kPing = 11,     // answered by kPing whatever else goes on; a server's own need no answer
  kError = 12,    // the refusal of a request, with status and reason
  // Between islands and a syncer; what they carry: distributed/sync_messages.h.
  kJoin = 13,   // an island takes part
  kSeed = 14,   // the first parameters, from the first island
  kState = 15,  // a piece of the global state
  kBegin = 16,  // the island has the global state and begins to learn
  kBeat = 17,   // the island is alive
  kPush = 18,   // a piece of a delta
  kFetch = 19,  // a piece of a commit, as soon as there is one
  kLeave = 20,  // the island ends
  // Between islands without a syncer, beside these; what they carry: distributed/peer_messages.h.
  kLog = 21,   // for the log that they have in common; not answered
  kPlan = 22,  // how the deltas of a step meet
  kGive = 23,  // bytes that a member has
};

[[nodiscard]] std::string_view to_string(Verb verb);

inline constexpr std::uint32_t kEverything = 0xffffffff;

enum class Status : std::uint32_t {
  kOk = 0,
  kMalformed = 1,    // the message is not what the protocol says
  kVersion = 2,      // another version of the protocol
  kTooLarge = 3,     // more bytes or parts than allowed
  kUnknown = 4,      // client, environment or player is not known
  kOrder = 5,        // not at this tick or episode
  kCredit = 6,       // more requests under way than the credit window allows
  kUnsupported = 7,  // a verb that this server does not offer
  kFailed = 8,       // world or policy refused or failed; the reason is its own
  kLimit = 9,        // the server has as many clients or environments as it takes
};

[[nodiscard]] std::string_view to_string(Status status);

struct Header {
  Verb verb = Verb::kPing;
  std::uint32_t env_id = 0;      // chosen by the client: which of its environments or policies
  std::uint32_t agent_id = 0;    // which player of the environment; 0 where there is one
  std::uint64_t request_id = 0;  // chosen by the client, rising; echoed
  std::uint64_t tick = 0;        // kStep: that the action is for; kObs: steps since reset
  std::uint32_t flags = 0;       // none is known yet
  Status status = Status::kOk;
  std::int64_t t_ns = 0;      // kObs of a world: world time since reset; kPing: the asker's clock, echoed
  std::uint32_t n_parts = 1;  // set by the sockets
  std::uint32_t episode = 0;  // replies to kReset and kRestore count an environment's episodes from 1; kStep names one
};

/// Why a message is not accepted.
struct Refusal {
  Status status = Status::kMalformed;
  std::string reason;
};

[[nodiscard]] std::array<std::uint8_t, kHeaderBytes> encode(const Header& header);

/// Fills `header` from the first part of a message; returns what is wrong with it, or nothing. Where at least magic and
/// version are right, env_id and request_id are filled in either way, so that the refusal can name the request.
[[nodiscard]] std::optional<Refusal> decode(std::span<const std::uint8_t> part, Header& header);

}  // namespace atl::net
