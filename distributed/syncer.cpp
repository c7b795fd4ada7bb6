#include "distributed/syncer.h"

#include "core/error.h"
#include "core/log.h"
#include "distributed/run_facts.h"
#include "distributed/syncer_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::distributed {
namespace {

std::string checked_text(const SyncConfig& config) {
  const std::vector<std::string> problems = problems_of(config);
  if (!problems.empty()) fail(ErrorKind::kConfig, "{}", fmt::join(problems, "; "));
  return to_toml(config);
}

std::optional<net::ServerKeys> keys_of(const SyncerOptions& options) {
  return options.keys.empty() ? std::nullopt : std::optional(net::load_server_keys(options.keys));
}

std::int64_t wall_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace

Syncer::State::Run::Run(const SyncConfig& config, const ModelBody& of, std::size_t keep_bytes)
    : model(of),
      global(config, flat_fragments(of.fragments), std::vector<float>(num_values(of.fragments))),
      rounds(config.rounds, config.members, facts_of(of)),
      store(of.fragments.size(), keep_bytes),
      norms(of.fragments.size(), config.max_norm) {
  rounds.set_overlap_steps(config.overlap_steps);
  if (config.reply != "mean") return;
  for (const FragmentBody& body : of.fragments) encoders.emplace_back(config, body.num_values);
}

Syncer::State::State(const SyncerOptions& options)
    : options_(options),
      config_text_(checked_text(options.config)),
      router_({.address = options.address,
               .keys = keys_of(options),
               .queue_messages = 1024,
               .max_part_bytes = static_cast<std::int64_t>(kChunkBytes) + 4096}) {
  open_folder();
  work_.emplace([this] { router_.wake(); });
  publish();
}

void Syncer::State::open_folder() {
  saved_ = MonotonicClock::now();
  if (!CommitLog::exists(options_.folder)) return;
  const RunFacts facts = load_run_facts(options_.folder);
  if (facts.config != config_text_) {
    fail(ErrorKind::kConfig, "{}: holds a run with another config; give the config in its run.toml, or another folder",
         options_.folder.string());
  }
  run_ = std::make_unique<Run>(options_.config, facts.model, options_.keep_bytes);
  const Timestamp now = MonotonicClock::now();
  const CommitLog::Visitor repeat{.commit =
                                      [&](const StoredCommit& stored, CommitPlace place) {
                                        run_->rounds.repeat(stored.commit);
                                        run_->store.add(stored.commit.fragment, stored.commit.version, place);
                                      },
                                  .event = [&](const RunEvent& event) { repeat_event(run_->rounds, event, now); }};
  const auto rounds = [&](const KeptRounds& kept) { run_->rounds.restore(kept, now); };
  run_->log =
      CommitLog::resume({.folder = options_.folder, .keep_all = options_.keep_tape}, run_->global, rounds, repeat);
  hashes_ = run_->global.hashes();
  log_event({.what = "start"});
  log_info("{}: goes on at versions {}, {} members", options_.folder.string(), fmt::join(run_->global.versions(), ", "),
           run_->rounds.members().all().size());
}

void Syncer::State::begin_run(const Seeding& seeding) {
  auto run = std::make_unique<Run>(options_.config, seeding.model, options_.keep_bytes);
  std::span<const float> rest(seeding.values);
  for (std::size_t i = 0; i < seeding.model.fragments.size(); ++i) {
    const std::size_t size = seeding.model.fragments[i].num_values;
    std::ranges::copy(rest.first(size), run->global.state(i).parameters.begin());
    rest = rest.subspan(size);
  }
  save_run_facts(options_.folder, {.config = config_text_, .model = seeding.model});
  run->log =
      CommitLog::begin({.folder = options_.folder, .keep_all = options_.keep_tape}, run->global, run->rounds.kept());
  hashes_ = run->global.hashes();
  run_ = std::move(run);
  log_info("the run begins with {} parameters in {} fragments, from {}", seeding.values.size(),
           seeding.model.fragments.size(), seeding.island);
}

void Syncer::State::log_event(RunEvent event, Then then) {
  event.wall_ms = wall_ms();
  if (!work_) {  // before the thread is there
    run_->log->append(event);
    return run_->log->flush();
  }
  work_->post([this, event = std::move(event), then = std::move(then)]() -> Then {
    run_->log->append(event);
    run_->log->flush();
    return then;
  });
}

void Syncer::State::note_fault(std::string words) {
  log_warning("{}", words);
  last_fault_ = std::move(words);
}

void Syncer::State::decide() {
  if (!run_) return;
  const Timestamp now = MonotonicClock::now();
  Rounds::Decisions decisions = run_->rounds.decide(now);
  for (const Members::Lost& lost : decisions.lost) {
    note_fault(fmt::format("island {} is given up: {}", lost.name, lost.reason));
    run_->uploads.drop(lost.name);
    log_event({.what = "lost", .island = lost.name, .reason = lost.reason, .data = {.drawn = lost.drawn}});
  }
  for (Commit& commit : decisions.commits) step(std::move(commit), now);
}

// The worker makes the step and writes it down; only then islands hear of it.
void Syncer::State::step(Commit commit, Timestamp decided) {
  auto stored = std::make_shared<StoredCommit>();
  for (const Entry& entry : commit.entries) {
    const auto pushed = run_->pushed.extract({entry.island, commit.fragment, entry.push});
    ATOLL_CHECK(!pushed.empty(), "delta {} of {} is in a commit and not here", entry.push, entry.island);
    stored->parts.push_back(std::move(pushed.mapped()));
  }
  stored->commit = std::move(commit);
  ++run_->commits_under_way;
  work_->post([this, stored, decided]() -> Then {
    Run& run = *run_;
    const std::size_t fragment = stored->commit.fragment;
    if (!run.encoders.empty()) {
      Bytes mean = run.encoders[fragment].encode(stored->commit, stored->deltas());
      stored->parts.clear();
      stored->parts.push_back(std::move(mean));
      stored->form = DeltaForm::kMean;
    }
    const CommitPlace place = run.log->append(stored->commit, stored->deltas());
    run.log->flush();
    run.global.apply(stored->commit, stored->deltas());
    return [this, stored, place, decided, fragment, hash = run.global.hash(fragment)] {
      --run_->commits_under_way;
      hashes_[fragment] = fmt::format("{:016x}", hash);
      sync_s_ = to_seconds(MonotonicClock::now() - decided);
      run_->rounds.note_sync_time(sync_s_);
      run_->store.add(stored, place);
      const auto held = run_->held.extract({fragment, stored->commit.version});
      if (held.empty()) return;
      for (const HeldFetch& fetch : held.mapped()) reply_commit(fetch.asked, fetch.session, fetch.body, *stored);
    };
  });
}

void Syncer::State::save_if_due(bool now) {
  if (!run_ || is_saving_) return;
  const Duration since = MonotonicClock::now() - saved_;
  const bool is_late = options_.save_minutes > 0 && to_seconds(since) >= 60 * options_.save_minutes;
  const bool is_long = run_->commits_under_way == 0 && run_->log->log_bytes() >= options_.save_log_bytes;
  if (!now && !is_late && !is_long) return;
  is_saving_ = true;
  // What is decided already is written before this job: the state is the one that these rounds have led to.
  work_->post([this, kept = run_->rounds.kept()]() -> Then {
    run_->log->append(RunEvent{.wall_ms = wall_ms(), .what = "hash", .hashes = run_->global.hashes()});
    run_->log->save_state(run_->global, kept);
    return [this] {
      is_saving_ = false;
      saved_ = MonotonicClock::now();
    };
  });
}

void Syncer::State::drop_late_fetches(Timestamp now) {
  if (!run_) return;
  for (auto& [key, fetches] : run_->held) {
    std::erase_if(fetches, [&](const HeldFetch& fetch) {
      if (now < fetch.until) return false;
      const Bytes body = net::pack(FetchedBody{});
      reply(fetch.asked, body);
      return true;
    });
  }
  std::erase_if(run_->held, [](const auto& held) { return held.second.empty(); });
}

Timestamp Syncer::State::next_wake() const {
  Timestamp next = MonotonicClock::now() + std::chrono::milliseconds(100);
  if (run_) next = std::min(next, run_->rounds.next_decision().value_or(next));
  return next;
}

void Syncer::State::run(const std::function<bool()>& should_stop) {
  const auto turn = [&](Timestamp until) {
    if (std::optional<net::Router::Incoming> incoming = router_.wait_receive(until)) receive(std::move(*incoming));
    work_->run_finished();
    decide();
  };
  Timestamp published{};
  while (!should_stop()) {
    turn(next_wake());
    const Timestamp now = MonotonicClock::now();
    if (now - published < std::chrono::milliseconds(100)) continue;
    published = now;
    drop_late_fetches(now);
    save_if_due(false);
    publish();
  }
  save_if_due(true);
  while (is_saving_) turn(MonotonicClock::now() + std::chrono::milliseconds(20));
  publish();
}

void Syncer::State::publish() {
  SyncerStatus status{.bytes_in = bytes_in_,
                      .bytes_out = bytes_out_,
                      .refused = num_refused_,
                      .last_fault = last_fault_,
                      .sync_s = sync_s_};
  if (run_) {
    const Timestamp now = MonotonicClock::now();
    status.tokens = run_->rounds.tokens();
    status.hashes = hashes_;
    status.ledger = run_->rounds.ledger().rows();
    for (std::size_t i = 0; i < run_->model.fragments.size(); ++i) status.versions.push_back(run_->rounds.version(i));
    for (const auto& [name, member] : run_->rounds.members().all()) {
      status.islands.push_back({.name = name,
                                .state = member.beat.work,
                                .step = member.beat.step,
                                .step_s = member.beat.step_s,
                                .silent_s = to_seconds(now - member.heard)});
    }
  }
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

SyncerStatus Syncer::State::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Syncer::Syncer(const SyncerOptions& options) : state_(std::make_unique<State>(options)) {}
Syncer::~Syncer() = default;
const std::string& Syncer::address() const { return state_->address(); }
void Syncer::run(const std::function<bool()>& should_stop) { state_->run(should_stop); }
SyncerStatus Syncer::status() const { return state_->status(); }

}  // namespace atl::distributed
