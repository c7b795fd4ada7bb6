#include "net/client.h"

#include "core/error.h"
#include "net/address.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::net {
namespace {

Dealer::Options dealer_options(const std::string& address, const std::filesystem::path& keys) {
  Dealer::Options options{address, std::nullopt};
  if (!keys.empty()) options.keys = load_client_keys(keys);
  return options;
}

}  // namespace

Client::Client(const ClientOptions& options, const std::string& kind)
    : address_(parse_address(options.address, false)),
      silence_(options.silence),
      patience_(options.patience),
      dealer_(dealer_options(address_, options.keys)) {
  greet(kind, options.name);
}

Client::~Client() {
  try {
    if (!is_lost_) static_cast<void>(dealer_.send({{.verb = Verb::kClose, .env_id = kEverything}}));
  } catch (const Error&) {
    // It finds out by itself that we are gone.
  }
}

void Client::greet(const std::string& kind, const std::string& name) {
  const Answer answer = ask({.verb = Verb::kHello}, Verb::kHello, pack(ClientHello{name}));
  server_ = unpack<ServerHello>(answer.body(), "HELLO of " + address_);
  if (server_.kind != kind)
    fail(ErrorKind::kNetwork, "{} serves the {} \"{}\", expected a {}", address_, server_.kind, server_.name, kind);
}

std::uint64_t Client::send(Header header, Part body, std::span<const Part> buffers) {
  ATOLL_CHECK(!is_lost_, "a request to {}, which is lost", address_);
  header.request_id = next_request_++;
  if (dealer_.send({header, body, buffers}) != SendResult::kSent)
    lose(fmt::format("is not connected, or does not read: {} could not be sent", to_string(header.verb)));
  return header.request_id;
}

void Client::ping(Timestamp now) { static_cast<void>(dealer_.send({{.verb = Verb::kPing, .t_ns = to_ns(now)}})); }

void Client::lose(const std::string& reason) {
  is_lost_ = true;
  std::string problem = dealer_.connection_problem();
  if (!problem.empty()) problem = ": " + problem;
  fail(ErrorKind::kNetwork, "the server at {} {}{}", address_, reason, problem);
}

Answer Client::checked(Parts parts) {
  Answer answer{{}, std::move(parts)};
  const std::optional<Refusal> refusal = decode(answer.parts.size() > 0 ? answer.parts[0] : Part{}, answer.header);
  if (refusal && refusal->status == Status::kVersion)
    fail(ErrorKind::kVersion, "the server at {}: {}", address_, refusal->reason);
  const bool is_whole = answer.parts.num_received() == answer.header.n_parts && answer.parts.size() >= 2 &&
                        answer.parts.num_received() <= Parts::kMaxParts;
  if (refusal || !is_whole)
    lose(fmt::format("sent a message that is none of the protocol's: {}",
                     refusal ? refusal->reason : fmt::format("{} parts", answer.parts.num_received())));
  return answer;
}

Answer Client::wait_answer() {
  ATOLL_CHECK(!is_lost_, "an answer of {}, which is lost", address_);
  const Timestamp begin = MonotonicClock::now();
  Timestamp heard = begin;
  Timestamp next_ping = begin + kHeartbeat;
  while (true) {
    if (std::optional<Parts> parts = dealer_.wait_receive(std::min(next_ping, heard + silence_))) {
      heard = MonotonicClock::now();
      Answer answer = checked(std::move(*parts));
      if (answer.header.verb != Verb::kPing) return answer;
    }
    const Timestamp now = MonotonicClock::now();
    if (now - heard >= silence_) lose(fmt::format("has been silent for {:.1f} s", to_seconds(now - heard)));
    if (now - begin >= patience_)
      lose(fmt::format("is alive but has not answered for {:.0f} s", to_seconds(now - begin)));
    if (now >= next_ping) {
      ping(now);
      next_ping = now + kHeartbeat;
    }
  }
}

Answer Client::ask(Header header, Verb expected, Part body, std::span<const Part> buffers) {
  const std::uint64_t id = send(header, body, buffers);
  while (true) {
    Answer answer = wait_answer();
    if (answer.header.request_id != id) continue;  // of an earlier request that was given up
    raise(answer);
    if (answer.header.verb != expected)
      fail(ErrorKind::kFormat, "{} answered {} to {}, expected {}", address_, to_string(answer.header.verb),
           to_string(header.verb), to_string(expected));
    return answer;
  }
}

void Client::raise(const Answer& answer) const {
  if (answer.header.verb != Verb::kError) return;
  const std::string reason = unpack<ErrorBody>(answer.body(), "ERROR of " + address_).reason;
  if (answer.header.status == Status::kFailed) fail(ErrorKind::kEnvironment, "{} (at {})", reason, address_);
  fail(ErrorKind::kNetwork, "the server at {} refused the request ({}): {}", address_, to_string(answer.header.status),
       reason);
}

}  // namespace atl::net
