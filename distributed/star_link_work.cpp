#include "core/error.h"
#include "core/log.h"
#include "distributed/star_link.h"
#include "net/hello.h"
#include "net/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

// Taking part: what a StarLink's thread does once the island has joined. Every request is sent again when no answer has
// come in time, so that nothing depends on a message arriving.
namespace atl::distributed {
namespace {

constexpr Duration kAnswerTime = std::chrono::seconds(3);
constexpr int kFetchHeldMs = 10'000;
constexpr Duration kFetchTime = std::chrono::milliseconds(kFetchHeldMs + 3000);
constexpr Duration kSilence = std::chrono::seconds(5);  // of a syncer: then others are tried
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

template <class T>
T unpacked(net::Part body, const char* what) {
  return net::unpack<T>(body, what, kLimits);
}

}  // namespace

void StarLink::note(const Beat& beat) {
  const std::lock_guard lock(mutex_);
  said_ = beat;
}

void StarLink::work() {
  try {
    while (!is_ending_) {
      if (must_join_) {
        must_join_ = false;
        join();
      }
      turn();
    }
  } catch (const Error&) {
    desk_->fail_with(std::current_exception());
  } catch (...) {  // it was to end while it joined anew
    if (!is_ending_) desk_->fail_with(std::current_exception());
  }
}

void StarLink::turn() {
  const Timestamp now = MonotonicClock::now();
  send_beat(now);
  for (std::size_t i = 0; i < run_.fragments().size(); ++i) {
    send_pushes(i);
    send_fetches(i);
  }
  drop_late(now);
  if (now - heard_ > kSilence) {
    log_warning("the syncer at {} has been silent for {:.0f} s", options_.addresses[address_],
                to_seconds(now - heard_));
    must_join_ = true;
    return;
  }
  Timestamp until = beat_ + from_seconds(run_.config().members.beat_s);
  while (std::optional<Answer> answer = hear(until)) {
    receive(std::move(*answer));
    if (must_join_) return;
    until = now;  // what else is there already
  }
}

std::uint64_t StarLink::send(const Request& request, net::Part body, net::Part bytes, std::uint64_t tick) {
  const std::uint64_t id = next_request_++;
  const net::Header header{
      .verb = request.verb, .env_id = static_cast<std::uint32_t>(request.fragment), .request_id = id, .tick = tick};
  const std::span<const net::Part> buffers(&bytes, bytes.empty() ? 0 : 1);
  requests_[id] = request;
  if (dealer_->send({.header = header, .body = body, .buffers = buffers}) != net::SendResult::kSent)
    requests_[id].until = MonotonicClock::now() + std::chrono::milliseconds(200);  // the queue is full: soon again
  return id;
}

std::size_t StarLink::num_under_way(net::Verb verb, std::size_t fragment) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      requests_, [&](const auto& one) { return one.second.verb == verb && one.second.fragment == fragment; }));
}

void StarLink::send_beat(Timestamp now) {
  const ExchangeDesk::Leases leases = desk_->leases();
  const bool asks = leases.wants > leases.has && leases.wants != asked_leases_;
  if (!asks && now - beat_ < from_seconds(run_.config().members.beat_s)) return;
  beat_ = now;
  asked_leases_ = leases.wants;
  Beat beat;
  {
    const std::lock_guard lock(mutex_);
    beat = said_;
  }
  send({.verb = net::Verb::kBeat, .until = now + kAnswerTime},
       net::pack(BeatBody{.beat = beat, .leases = leases.has, .wants = leases.wants}));
}

// One delta of a fragment after another, several pieces of it at once.
void StarLink::send_pushes(std::size_t fragment) {
  Upload& upload = uploads_[fragment];
  const std::vector<OutgoingPush> all = desk_->outgoing(fragment);
  const auto next = std::ranges::find_if(
      all, [&](const OutgoingPush& push) { return push.id > upload.id || (push.id == upload.id && !upload.is_done); });
  if (next == all.end()) return;
  if (next->id != upload.id) upload = {.id = next->id, .is_probed = upload.id == 0 || upload.is_done};
  const Bytes& bytes = *next->bytes;
  const auto send_piece = [&](std::uint64_t offset, std::size_t size) {
    const net::Part piece(bytes.data() + offset, size);
    const PushBody body{.id = next->id,
                        .step = next->window.step,
                        .steps = next->window.steps,
                        .tokens = next->window.tokens,
                        .data = next->window.data,
                        .offset = offset,
                        .total = bytes.size(),
                        .crc = crc_of(piece)};
    send({.verb = net::Verb::kPush,
          .fragment = fragment,
          .push = next->id,
          .until = MonotonicClock::now() + kAnswerTime},
         net::pack(body), piece, static_cast<std::uint64_t>(next->base));
  };
  std::size_t under_way = num_under_way(net::Verb::kPush, fragment);
  if (under_way == 0) upload.sent = upload.have;           // what was sent and not answered is lost
  if (!upload.is_probed || upload.have == bytes.size()) {  // asks what has become of it
    if (under_way == 0) send_piece(upload.have, 0);
    return;
  }
  for (; under_way < kChunksUnderWay && upload.sent < bytes.size(); ++under_way) {
    const std::size_t size = std::min(kChunkBytes, bytes.size() - upload.sent);
    send_piece(upload.sent, size);
    upload.sent += size;
  }
}

void StarLink::take_pushed(const Request& request, const PushedBody& body) {
  Upload& upload = uploads_[request.fragment];
  if (request.push != upload.id) return;
  upload.is_probed = true;
  upload.have = std::max(upload.have, body.have);
  upload.sent = std::max(upload.sent, upload.have);
  if (!body.is_done) return;
  upload.is_done = true;
  if (body.refused.empty())
    desk_->note_arrived(request.fragment, upload.id);
  else
    desk_->note_refused(request.fragment, upload.id, body.refused);
}

void StarLink::send_fetches(std::size_t fragment) {
  const std::optional<std::int64_t> wanted = desk_->wanted(fragment);
  if (!wanted) return;
  CommitDownload& download = downloads_[fragment];
  if (download.version() != *wanted) download = {fragment, *wanted};
  std::size_t under_way = num_under_way(net::Verb::kFetch, fragment);
  const auto send_fetch = [&](std::size_t part, std::uint64_t offset, int wait_ms) {
    const FetchBody body{.part = static_cast<int>(part), .offset = offset, .wait_ms = wait_ms};
    send({.verb = net::Verb::kFetch,
          .fragment = fragment,
          .part = part,
          .offset = offset,
          .until = MonotonicClock::now() + kFetchTime},
         net::pack(body), {}, static_cast<std::uint64_t>(download.version()));
  };
  if (!download.has_head()) {
    if (under_way == 0) send_fetch(0, 0, kFetchHeldMs);
    return;
  }
  for (; under_way < kChunksUnderWay; ++under_way) {
    const std::optional<CommitDownload::Piece> piece = download.next();
    if (!piece) return;
    send_fetch(piece->part, piece->offset, 0);
  }
}

void StarLink::put_fetched(CommitDownload& download, std::size_t fragment, const CommitDownload::Piece& piece,
                           const FetchedBody& fetched, net::Part bytes) const {
  download.put(run_.config(), run_.fragments()[fragment].num_values(), piece, fetched, bytes,
               {.desk = desk_.get(), .island = options_.island},
               fmt::format("the syncer at {}", options_.addresses[address_]));
}

void StarLink::take_fetched(const Request& request, const Answer& answer) {
  CommitDownload& download = downloads_[request.fragment];
  if (answer.header.tick != 0 && static_cast<std::int64_t>(answer.header.tick) != download.version()) return;
  const auto fetched = unpacked<FetchedBody>(answer.body(), "FETCH");
  if (fetched.is_gone) {  // this island is too far behind: it takes the state anew
    log_warning("version {} of fragment {} is gone at the syncer: the state is taken anew", download.version(),
                request.fragment);
    desk_->forget();
    must_join_ = true;
    return;
  }
  const bool is_first = request.part == 0 && request.offset == 0;
  if (!fetched.is_there || is_first == download.has_head()) return;  // not yet; or here already
  put_fetched(download, request.fragment, {.part = request.part, .offset = request.offset}, fetched, answer.bytes());
  if (!download.is_whole()) return;
  desk_->add(request.fragment, download.take());
  download = {};
}

void StarLink::receive(Answer answer) {
  const auto found = requests_.find(answer.header.request_id);
  if (found == requests_.end()) return;  // of before a silence
  const Request request = found->second;
  requests_.erase(found);
  if (answer.header.verb == net::Verb::kError) {
    const std::string reason = unpacked<net::ErrorBody>(answer.body(), "a refusal").reason;
    if (answer.header.status == net::Status::kUnknown) {
      log_warning("the syncer at {} does not know this island: {}; it joins again", options_.addresses[address_],
                  reason);
      must_join_ = true;
      return;
    }
    if (request.verb == net::Verb::kPush && answer.header.status == net::Status::kMalformed)
      return;  // it is sent again
    fail(ErrorKind::kNetwork, "{} of island {} was refused by the syncer at {}: {}", net::to_string(request.verb),
         options_.island, options_.addresses[address_], reason);
  }
  switch (request.verb) {
    case net::Verb::kBeat: return welcome(unpacked<WelcomeBody>(answer.body(), "BEAT"));
    case net::Verb::kPush: return take_pushed(request, unpacked<PushedBody>(answer.body(), "PUSH"));
    case net::Verb::kFetch: return take_fetched(request, answer);
    default: return;
  }
}

void StarLink::drop_late(Timestamp now) {
  std::erase_if(requests_, [&](const auto& one) {
    const Request& request = one.second;
    if (now < request.until) return false;
    CommitDownload& download = downloads_[request.fragment];
    const bool is_rest = request.verb == net::Verb::kFetch && (request.part != 0 || request.offset != 0);
    if (is_rest && download.has_head()) download.ask_again({.part = request.part, .offset = request.offset});
    return true;
  });
}

// Said by the trainer's thread; the link's own thread has ended by then.
void StarLink::leave(Timestamp deadline) {
  static_cast<void>(desk_->wait_sent(deadline));
  is_ending_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  requests_.clear();
  const std::uint64_t id = send({.verb = net::Verb::kLeave, .until = deadline}, {});
  while (MonotonicClock::now() < deadline) {
    const std::optional<Answer> answer = hear(deadline);
    if (answer && answer->header.request_id == id) return;
  }
}

}  // namespace atl::distributed
