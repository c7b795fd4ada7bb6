#include "distributed/star_link.h"

#include "core/error.h"
#include "core/log.h"
#include "core/version.h"
#include "net/hello.h"
#include "net/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <random>

namespace atl::distributed {
namespace {

constexpr Duration kAnswerTime = std::chrono::seconds(5);  // for what is not held
constexpr Duration kHelloTime = std::chrono::seconds(2);
constexpr Duration kAskAgain = std::chrono::milliseconds(250);
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

std::uint64_t draw_process() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32 | device()) >> 1;
}

// The process was asked to end while the island was joining.
struct Stopped {};
// The syncer does not know this connection (any more).
struct Unjoined {};

template <class T>
T unpacked(net::Part body, const char* what) {
  return net::unpack<T>(body, what, kLimits);
}

}  // namespace

StarLink::StarLink(const StarOptions& options)
    : options_(options), process_(draw_process()), run_(options.tensors, options.contract) {
  ATOLL_CHECK(!options.addresses.empty(), "no address of a syncer");
  try {
    join();
  } catch (const Stopped&) {
    return;
  }
  thread_ = std::thread([this] { work(); });
}

StarLink::~StarLink() {
  is_ending_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void StarLink::wake() {
  const std::lock_guard lock(mutex_);
  if (dealer_) dealer_->wake();
}

bool StarLink::should_stop() const {
  return is_ending_ || (!thread_.joinable() && options_.should_stop && options_.should_stop());
}

// ---- One question after another.

void StarLink::say(const Question& question, std::uint64_t id) {
  net::Header header{.verb = question.verb,
                     .env_id = static_cast<std::uint32_t>(question.fragment),
                     .request_id = id,
                     .tick = question.tick};
  const std::span<const net::Part> buffers(&question.bytes, question.bytes.empty() ? 0 : 1);
  // What a full queue or a broken connection does not take is said again.
  static_cast<void>(dealer_->send({.header = header, .body = question.body, .buffers = buffers}));
}

// The next answer of whatever question; messages that are none are left out.
std::optional<StarLink::Answer> StarLink::hear(Timestamp deadline) {
  std::optional<net::Parts> parts = dealer_->wait_receive(deadline);
  if (!parts) return std::nullopt;
  Answer answer{.header = {}, .parts = std::move(*parts)};
  if (answer.parts.size() < 2 || net::decode(answer.parts[0], answer.header)) return std::nullopt;
  heard_ = MonotonicClock::now();
  return answer;
}

StarLink::Answer StarLink::ask(const Question& question) {
  const Timestamp begin = MonotonicClock::now();
  const std::uint64_t first = next_request_;
  while (true) {
    const std::uint64_t id = next_request_++;
    say(question, id);
    const Timestamp until = MonotonicClock::now() + kAnswerTime;
    while (MonotonicClock::now() < until) {
      if (should_stop()) throw Stopped{};
      std::optional<Answer> answer = hear(std::min(until, MonotonicClock::now() + kAskAgain));
      if (!answer || answer->header.request_id < first) continue;
      if (answer->header.verb != net::Verb::kError) return std::move(*answer);
      if (answer->header.status == net::Status::kUnknown && question.verb != net::Verb::kJoin) throw Unjoined{};
      fail(ErrorKind::kNetwork, "{} of island {} was refused by the syncer at {}: {}", net::to_string(question.verb),
           options_.island, options_.addresses[address_], unpacked<net::ErrorBody>(answer->body(), "a refusal").reason);
    }
    if (options_.patience_s > 0 && to_seconds(MonotonicClock::now() - begin) > options_.patience_s) {
      fail(ErrorKind::kNetwork, "the syncer at {} has not answered {} for {:g} s", options_.addresses[address_],
           net::to_string(question.verb), options_.patience_s);
    }
    if (question.verb == net::Verb::kJoin) throw Unjoined{};  // another address may have taken over
  }
}

// Finds an address where a syncer answers.
void StarLink::meet() {
  std::optional<net::ClientKeys> keys;
  if (!options_.keys.empty()) keys = net::load_client_keys(options_.keys);
  const Timestamp begin = MonotonicClock::now();
  for (bool is_first = true;; is_first = false) {
    if (!is_first) address_ = (address_ + 1) % options_.addresses.size();
    {
      auto dealer =
          std::make_unique<net::Dealer>(net::Dealer::Options{.address = options_.addresses[address_], .keys = keys});
      const std::lock_guard lock(mutex_);
      dealer_ = std::move(dealer);
    }
    say({.verb = net::Verb::kHello, .body = net::pack(net::ClientHello{.name = options_.island})}, next_request_++);
    const Timestamp until = MonotonicClock::now() + kHelloTime;
    while (MonotonicClock::now() < until) {
      if (should_stop()) throw Stopped{};
      const std::optional<Answer> answer = hear(std::min(until, MonotonicClock::now() + kAskAgain));
      if (!answer || answer->header.verb != net::Verb::kHello) continue;
      const auto hello = unpacked<net::ServerHello>(answer->body(), "HELLO");
      if (hello.kind == "syncer") return;
      fail(ErrorKind::kNetwork, "{} serves a {}, expected a syncer", options_.addresses[address_], hello.kind);
    }
    const std::string problem = dealer_->connection_problem();
    if (!problem.empty()) fail(ErrorKind::kNetwork, "{}: {}", options_.addresses[address_], problem);
    if (options_.patience_s > 0 && to_seconds(MonotonicClock::now() - begin) > options_.patience_s) {
      fail(ErrorKind::kNetwork, "no syncer answers at {} for {:g} s; is it running, and is the address right?",
           fmt::join(options_.addresses, ", "), options_.patience_s);
    }
  }
}

std::optional<JoinedBody> StarLink::ask_to_join() {
  const JoinBody body{.name = options_.island,
                      .process = process_,
                      .had = desk_ ? desk_->facts().incarnation : 0,
                      .software = fmt::format("atoll {}", version()),
                      .lane = options_.lane};
  while (true) {
    const Answer answer = ask({.verb = net::Verb::kJoin, .body = net::pack(body)});
    auto joined = unpacked<JoinedBody>(answer.body(), "JOIN");
    if (joined.todo == "go") return joined;
    if (joined.todo == "seed") {
      send_seed(joined);
      continue;
    }
    const Timestamp until = MonotonicClock::now() + kAskAgain;
    while (MonotonicClock::now() < until) {
      if (should_stop()) throw Stopped{};
      static_cast<void>(hear(until));
    }
  }
}

void StarLink::follow_config(const JoinedBody& joined) {
  run_.follow(joined.config, joined.model, fmt::format("the syncer at {}", options_.addresses[address_]));
}

void StarLink::send_seed(const JoinedBody& joined) {
  follow_config(joined);
  const std::vector<float> parameters = options_.first_parameters();
  std::vector<float> values;
  for (const Fragment& fragment : run_.fragments()) {
    std::vector<float> part(fragment.num_values());
    gather(fragment, parameters, part);
    values.insert(values.end(), part.begin(), part.end());
  }
  SeedBody body{.model = run_.model()};
  while (true) {
    const std::size_t count = std::min(values.size() - body.offset, kChunkBytes / sizeof(float));
    const net::Part bytes(reinterpret_cast<const std::uint8_t*>(values.data() + body.offset), count * sizeof(float));
    const Answer answer = ask({.verb = net::Verb::kSeed, .body = net::pack(body), .bytes = bytes});
    const auto have = unpacked<PushedBody>(answer.body(), "SEED");
    if (have.is_done) return;
    body.offset = std::min<std::uint64_t>(have.have, values.size());
  }
}

std::unique_ptr<GlobalState> StarLink::take_state(const JoinedBody& joined) {
  follow_config(joined);
  auto state =
      std::make_unique<GlobalState>(run_.config(), run_.fragments(), std::vector<float>(run_.num_parameters()));
  for (std::size_t i = 0; i < run_.fragments().size(); ++i) take_fragment(*state, i);
  return state;
}

// Pieces come in the versions that the run has meanwhile; nobody waits. Those behind are led on by the commits between.
void StarLink::take_fragment(GlobalState& state, std::size_t fragment) {
  const std::size_t block = block_values(run_.config().codec);
  const std::size_t piece_size = std::max(block, kStateValues / block * block);
  std::vector<Piece> pieces;
  for (std::size_t begin = 0; begin < state.values(fragment).size(); begin += piece_size)
    pieces.push_back({.begin = begin, .size = std::min(piece_size, state.values(fragment).size() - begin)});
  take_pieces(state, fragment, pieces);
  while (true) {
    const auto [oldest, newest] = std::ranges::minmax(pieces, {}, &Piece::version);
    if (oldest.version == newest.version) return state.set_version(fragment, newest.version);
    const std::optional<StoredCommit> stored = fetch_whole(fragment, oldest.version + 1);
    for (Piece& piece : pieces) {
      if (piece.version != oldest.version) continue;
      if (stored) state.apply_to(piece.begin, piece.size, stored->commit, stored->deltas());
      piece.version = stored ? stored->commit.version : -1;
    }
    if (!stored) take_pieces(state, fragment, pieces);  // the commit is gone
  }
}

// Takes what is not here yet, several pieces at once.
void StarLink::take_pieces(GlobalState& state, std::size_t fragment, std::vector<Piece>& pieces) {
  std::map<std::uint64_t, Piece*> asked;
  std::size_t next = 0;
  Timestamp until{};
  while (true) {
    while (asked.size() < kChunksUnderWay && next < pieces.size()) {
      Piece& piece = pieces[next++];
      if (piece.version >= 0) continue;
      asked[next_request_] = &piece;
      say({.verb = net::Verb::kState,
           .fragment = fragment,
           .body = net::pack(StateBody{.begin = piece.begin, .size = piece.size})},
          next_request_++);
      until = MonotonicClock::now() + kAnswerTime;
    }
    if (asked.empty()) return;
    if (should_stop()) throw Stopped{};
    const std::optional<Answer> answer = hear(std::min(until, MonotonicClock::now() + kAskAgain));
    if (answer && answer->header.verb == net::Verb::kError && answer->header.status == net::Status::kUnknown)
      throw Unjoined{};
    if (MonotonicClock::now() >= until) {  // ask again for what is missing
      asked.clear();
      next = 0;
    }
    if (!answer) continue;
    const auto found = asked.find(answer->header.request_id);
    if (found == asked.end()) continue;
    put_piece(state, fragment, *found->second, *answer);
    asked.erase(found);
    until = MonotonicClock::now() + kAnswerTime;
  }
}

void StarLink::put_piece(GlobalState& state, std::size_t fragment, Piece& piece, const Answer& answer) const {
  const OuterView view = state.state(fragment).view(piece.begin, piece.size);
  const std::size_t expected = (view.parameters.size() + view.momentum.size() + view.buffer.size()) * sizeof(float);
  if (answer.bytes().size() != expected) {
    fail(ErrorKind::kFormat, "the syncer at {} sent {} bytes of its state, expected {}", options_.addresses[address_],
         answer.bytes().size(), expected);
  }
  const std::uint8_t* from = answer.bytes().data();
  for (const std::span<float> part : {view.parameters, view.momentum, view.buffer}) {
    if (!part.empty()) std::memcpy(part.data(), from, part.size_bytes());
    from += part.size_bytes();
  }
  piece.version = static_cast<std::int64_t>(answer.header.tick);
}

std::optional<StoredCommit> StarLink::fetch_whole(std::size_t fragment, std::int64_t version) {
  CommitDownload download(fragment, version);
  for (FetchBody body;;) {
    body.wait_ms = 2000;
    const Answer answer = ask({.verb = net::Verb::kFetch,
                               .fragment = fragment,
                               .tick = static_cast<std::uint64_t>(version),
                               .body = net::pack(body)});
    const auto fetched = unpacked<FetchedBody>(answer.body(), "FETCH");
    if (fetched.is_gone) return std::nullopt;
    if (!fetched.is_there) continue;
    put_fetched(download, fragment, {.part = static_cast<std::size_t>(body.part), .offset = body.offset}, fetched,
                answer.bytes());
    if (download.is_whole()) return download.take();
    const std::optional<CommitDownload::Piece> next = download.next();
    body.part = static_cast<int>(next->part);
    body.offset = next->offset;
  }
}

// ---- Joining.

void StarLink::join() {
  const Timestamp begin = MonotonicClock::now();
  while (true) {
    try {
      meet();
      const std::optional<JoinedBody> joined = ask_to_join();
      follow_config(*joined);
      if (!desk_) desk_ = std::make_unique<ExchangeDesk>(run_.config(), options_.island, [this] { wake(); });
      if (!desk_->has_entered() || desk_->facts().incarnation != joined->incarnation) {
        desk_->enter(take_state(*joined), joined->incarnation, joined->step);
        uploads_.assign(run_.fragments().size(), {});
        welcome(unpacked<WelcomeBody>(ask({.verb = net::Verb::kBegin, .body = net::pack(BeatBody{})}).body(), "BEGIN"));
        log_info("island {} takes part at {}, incarnation {}, {} islands", options_.island,
                 options_.addresses[address_], joined->incarnation, desk_->facts().islands);
      }
      downloads_.assign(run_.fragments().size(), {});
      requests_.clear();
      for (Upload& upload : uploads_) upload = {.id = upload.id, .is_probed = false};
      return;
    } catch (const Unjoined&) {
      if (options_.patience_s > 0 && to_seconds(MonotonicClock::now() - begin) > options_.patience_s) {
        fail(ErrorKind::kNetwork, "island {} could not join at {} within {:g} s", options_.island,
             fmt::join(options_.addresses, ", "), options_.patience_s);
      }
    }
  }
}

void StarLink::welcome(const WelcomeBody& body) {
  std::vector<std::optional<std::int64_t>> takes;
  for (const std::string& text : body.takes) {
    std::int64_t from = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), from);
    takes.push_back(text.empty() || error != std::errc() ? std::nullopt : std::optional(from));
  }
  desk_->set_facts(body.tokens, body.islands, body.steps, std::move(takes));
  desk_->add_leases(body.first_lease, body.leased);
}

}  // namespace atl::distributed
