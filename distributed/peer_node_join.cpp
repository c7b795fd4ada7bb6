#include "core/error.h"
#include "core/log.h"
#include "core/version.h"
#include "distributed/peer_node.h"
#include "net/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <random>

// How a PeerNode finds the others, comes in, takes the state, says that it lives, and leaves.
namespace atl::distributed {
namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds(200);
constexpr Duration kAnswerTime = std::chrono::seconds(2);
constexpr Duration kFoundAfter = std::chrono::seconds(1);  // nobody has said that there is a run
constexpr Duration kFetchTime = std::chrono::seconds(3);
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

std::uint64_t draw_process() {
  std::random_device device;
  return std::max<std::uint64_t>(1, (static_cast<std::uint64_t>(device()) << 32 | device()) >> 1);
}

}  // namespace

// ---- Coming in.

void PeerNode::seek(Timestamp now) {
  if (process_ == 0) {
    process_ = draw_process();
    led_ = now;
    said_at_ = {};
  }
  if (now - said_at_ >= kAskAgain) {
    said_at_ = now;
    std::vector<std::string> addresses = options_.peers;
    for (const auto& [address, peer] : peers_) addresses.push_back(address);  // those that it knew before
    const PeerJoinBody body{
        .join = {.name = options_.island, .process = process_}, .address = address_, .is_group = true};
    for (const std::string& address : addresses) {
      if (address == address_) continue;
      ask({.address = address, .verb = net::Verb::kJoin, .until = now + kAnswerTime}, net::pack(body));
    }
  }
  if (options_.founds && incarnation_ == 0 && now - led_ >= (options_.peers.empty() ? Duration{} : kFoundAfter))
    return found(now);
  if (options_.patience_s > 0 && to_seconds(now - led_) > options_.patience_s) {
    std::string problems;
    for (const auto& [address, peer] : peers_)
      if (const std::string problem = peer.dealer->connection_problem(); !problem.empty())
        problems += fmt::format("; {}: {}", address, problem);
    fail(ErrorKind::kNetwork, "no run of islands answers at {} for {:g} s{}; is one founded (island.founds)?",
         fmt::join(options_.peers, ", "), options_.patience_s, problems);
  }
}

void PeerNode::found(Timestamp now) {
  run_.follow(to_toml(options_.config), {}, "this island");
  log_.emplace(ReplicatedLog::found(process_, {.seed = process_}, now));
  agreed_.emplace(run_.config(), run_.model());
  taken_ = std::make_unique<GlobalState>(run_.config(), run_.fragments(), options_.first_parameters());
  taking_ = run_.fragments().size();
  begin_taking();
  log_info("island {} founds a run of {} fragments at {}", options_.island, run_.fragments().size(), address_);
}

void PeerNode::enter(Timestamp now) {
  if (now - said_at_ < kAskAgain) return;
  said_at_ = now;
  const PeerJoinBody body{.join = {.name = options_.island,
                                   .process = process_,
                                   .had = incarnation_,
                                   .software = fmt::format("atoll {}", version()),
                                   .lane = options_.lane},
                          .address = address_};
  ask({.address = entry_address_, .verb = net::Verb::kJoin, .until = now + kAnswerTime}, net::pack(body));
  if (now - led_ > std::chrono::seconds(5)) phase_ = Phase::kSeeking;  // whom it asked is gone
}

void PeerNode::joined(const Request& request, const PeerJoinedBody& body) {
  if (phase_ != Phase::kSeeking && phase_ != Phase::kEntering) return;
  if (body.todo == "none") return;
  if (phase_ == Phase::kSeeking) {
    phase_ = Phase::kEntering;
    entry_address_ = request.address;
    said_at_ = {};
    if (!log_) log_.emplace(ReplicatedLog::join(process_, {.seed = process_}));
  }
  led_ = MonotonicClock::now();
  if (body.todo == "elsewhere" && !body.leader.empty()) {
    entry_address_ = body.leader;
    said_at_ = {};
  }
  if (body.todo != "go") return;
  run_.follow(body.config, body.model, fmt::format("the island at {}", request.address));
  incarnation_ = body.incarnation;
  taken_ = std::make_unique<GlobalState>(run_.config(), run_.fragments(), std::vector<float>(run_.num_parameters()));
  taking_ = 0;
  begin_taking();
}

// What it was is over: it comes back as somebody else.
void PeerNode::begin_anew(const std::string& why) {
  log_warning("island {} joins again: {}", options_.island, why);
  if (desk_) desk_->forget();
  phase_ = Phase::kSeeking;
  process_ = 0;
  log_.reset();
  lead_.reset();
  agreed_.reset();
  requests_.clear();
  receipts_.clear();
  carrying_.clear();
  feedback_.clear();
  held_.clear();
  lead_asked_ = 0;
  compacted_ = 0;
}

// ---- The state.

void PeerNode::begin_taking() {
  phase_ = Phase::kTaking;
  const std::size_t count = run_.fragments().size();
  downloads_.assign(count, {});
  newest_.assign(count, {});
  announced_.assign(count, {});
  store_.emplace(count, std::size_t{512} << 20);
  pieces_.clear();
  missed_.reset();
}

// Piece by piece, in the versions that the run has meanwhile; nobody waits. Those behind are led on by the commits
// between.
void PeerNode::take_state(Timestamp now) {
  if (!agreed_) return;
  if (log_->leads() && incarnation_ == 0 && lead_) {  // the founder lets itself in
    const auto own = agreed_->places().find(options_.island);
    if (own != agreed_->places().end())
      incarnation_ = agreed_->rounds().members().all().at(options_.island).incarnation;
    else
      let_in({.join = {.name = options_.island, .process = process_, .lane = options_.lane}, .address = address_});
  }
  if (taking_ == run_.fragments().size()) {
    if (incarnation_ != 0 && agreed_->places().contains(options_.island)) finish_taking();
    return;
  }
  std::vector<std::string> sources;
  for (const auto& [island, place] : agreed_->places())
    if (place.process != process_) sources.push_back(place.address);
  if (sources.empty()) return;
  const std::string& source = sources[source_ % sources.size()];
  if (missed_) {
    if (!is_asking(net::Verb::kFetch, taking_)) {
      const std::optional<CommitDownload::Piece> piece =
          missed_->has_head() ? missed_->next() : std::optional(CommitDownload::Piece{});
      if (!piece) return;
      const FetchBody body{.part = static_cast<int>(piece->part), .offset = piece->offset};
      ask({.address = source,
           .verb = net::Verb::kFetch,
           .fragment = taking_,
           .offset = piece->offset,
           .part = piece->part,
           .until = now + kFetchTime},
          net::pack(body), {}, static_cast<std::uint64_t>(missed_->version()));
    }
    return;
  }
  if (pieces_.empty()) {
    const std::size_t block = block_values(run_.config().codec);
    const std::size_t size = std::max(block, kStateValues / block * block);
    const std::size_t total = run_.fragments()[taking_].num_values();
    for (std::size_t begin = 0; begin < total; begin += size)
      pieces_.push_back({.begin = begin, .size = std::min(size, total - begin)});
  }
  int under_way = 0;
  for (std::size_t i = 0; i < pieces_.size() && under_way < kChunksUnderWay; ++i) {
    Piece& piece = pieces_[i];
    if (piece.version >= 0) continue;
    ++under_way;
    if (piece.is_asked) continue;
    piece.is_asked = true;
    ask({.address = source, .verb = net::Verb::kState, .fragment = taking_, .number = i, .until = now + kFetchTime},
        net::pack(StateBody{.begin = piece.begin, .size = piece.size}));
  }
}

void PeerNode::take_piece(const Request& request, const Answer& answer) {
  if (phase_ != Phase::kTaking || request.fragment != taking_ || request.number >= pieces_.size()) return;
  Piece& piece = pieces_[request.number];
  const OuterView view = taken_->state(taking_).view(piece.begin, piece.size);
  const std::size_t expected = (view.parameters.size() + view.momentum.size() + view.buffer.size()) * sizeof(float);
  if (answer.bytes().size() != expected) {
    piece.is_asked = false;
    ++source_;
    return;
  }
  const std::uint8_t* from = answer.bytes().data();
  for (const std::span<float> part : {view.parameters, view.momentum, view.buffer}) {
    if (!part.empty()) std::memcpy(part.data(), from, part.size_bytes());
    from += part.size_bytes();
  }
  piece.version = static_cast<std::int64_t>(answer.header.tick);
  if (std::ranges::all_of(pieces_, [](const Piece& one) { return one.version >= 0; })) finish_fragment();
}

// All pieces are here: those of an older version follow.
void PeerNode::finish_fragment() {
  const auto [oldest, newest] = std::ranges::minmax(pieces_, {}, &Piece::version);
  if (oldest.version != newest.version) {
    missed_.emplace(taking_, oldest.version + 1);
    return;
  }
  taken_->set_version(taking_, newest.version);
  pieces_.clear();
  ++taking_;
}

void PeerNode::take_missed_commit(const Request& request, const Answer& answer) {
  if (!missed_ || request.fragment != taking_) return;
  const auto fetched = net::unpack<FetchedBody>(answer.body(), "FETCH", kLimits);
  const bool is_first = request.part == 0 && request.offset == 0;
  if (fetched.is_gone) {  // the pieces are too old: they are taken anew
    missed_.reset();
    for (Piece& piece : pieces_) piece = {.begin = piece.begin, .size = piece.size};
    return;
  }
  if (!fetched.is_there) {
    ++source_;
    return;
  }
  if (is_first == missed_->has_head()) return;
  missed_->put(run_.config(), run_.fragments()[taking_].num_values(), {.part = request.part, .offset = request.offset},
               fetched, answer.bytes(), {}, request.address);
  if (!missed_->is_whole()) return;
  const StoredCommit stored = missed_->take();
  for (Piece& piece : pieces_) {
    if (piece.version != stored.commit.version - 1) continue;
    taken_->apply_to(piece.begin, piece.size, stored.commit, stored.deltas());
    piece.version = stored.commit.version;
  }
  missed_.reset();
  finish_fragment();
}

void PeerNode::finish_taking() {
  if (!desk_) desk_ = std::make_unique<ExchangeDesk>(run_.config(), options_.island, [this] { wake(); });
  desk_->enter(std::move(taken_), incarnation_, agreed_->rounds().step());
  announced_.assign(run_.fragments().size(), {});
  phase_ = Phase::kIn;
  said_at_ = {};
  log_info("island {} takes part, incarnation {}, {} islands", options_.island, incarnation_, agreed_->places().size());
}

// ---- Living.

void PeerNode::say_beat(Timestamp now) {
  const ExchangeDesk::Leases leases = desk_->leases();
  const bool has_begun = agreed_->rounds().has_begun(options_.island);
  const bool asks = (leases.wants > leases.has && leases.wants != asked_leases_) || !has_begun;
  const Duration since = now - said_at_;
  const Duration rest = leases.wants > leases.has || !has_begun ? Duration(std::chrono::milliseconds(50))
                                                                : from_seconds(run_.config().members.beat_s);
  if (since < rest && !(asks && said_at_ == Timestamp{})) return;
  said_at_ = now;
  asked_leases_ = leases.wants;
  PeerSaidBody body;
  body.island = options_.island;
  body.incarnation = incarnation_;
  body.lane = options_.lane;
  body.beat.leases = leases.has;
  body.beat.wants = leases.wants;
  {
    const std::lock_guard lock(mutex_);
    body.beat.beat = said_;
  }
  const net::Verb verb = has_begun ? net::Verb::kBeat : net::Verb::kBegin;
  if (lead_) return welcome(hear_member(verb, body));
  if (const PeerPlace* place = leader(); place && place->process != process_)
    ask({.address = place->address, .verb = verb, .until = now + kAnswerTime}, net::pack(body));
}

void PeerNode::welcome(const WelcomeBody& body) {
  if (!desk_ || phase_ == Phase::kSeeking) return;
  std::vector<std::optional<std::int64_t>> takes;
  for (const std::string& text : body.takes) {
    std::int64_t from = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), from);
    takes.push_back(text.empty() || error != std::errc() ? std::nullopt : std::optional(from));
  }
  is_welcome_ |= std::ranges::any_of(takes, [](const auto& from) { return from.has_value(); });
  desk_->set_facts(body.tokens, body.islands, body.steps, std::move(takes));
  desk_->add_leases(body.first_lease, body.leased);
}

void PeerNode::say_leave(Timestamp now) {
  // Once it is out for the others, or there are none.
  const bool is_out = !agreed_->places().contains(options_.island);
  const LogMembers& members = log_->members();
  const bool is_alone = members.voters.size() == 1 && members.is_voter(process_) && members.learners.empty();
  if ((is_out && (log_->is_removed() || !members.has(process_))) || is_alone) {
    phase_ = Phase::kOut;
    return;
  }
  if (now - leave_said_at_ < kAskAgain) return;
  leave_said_at_ = now;
  PeerSaidBody body;
  body.island = options_.island;
  body.incarnation = incarnation_;
  if (lead_) {
    if (!is_out) static_cast<void>(hear_member(net::Verb::kLeave, body));
    return;
  }
  if (const PeerPlace* place = leader(); place && !is_out)
    ask({.address = place->address, .verb = net::Verb::kLeave, .until = now + kAnswerTime}, net::pack(body));
}

}  // namespace atl::distributed
