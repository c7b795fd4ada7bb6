#include "distributed/peer_records.h"

#include "distributed/run_facts.h"

namespace atl::distributed {

void describe(ConfigVisitor& v, PeerPlace& place) {
  v.field("island", &place.island);
  v.field("process", &place.process);
  v.field("address", &place.address);
}

void describe(ConfigVisitor& v, PeerRecord& record) {
  v.table("event", record.event);
  v.field("address", &record.address);
  v.table("commit", record.commit);
  describe_form(v, record.form);
  v.field("hashes", &record.hashes);
  v.field("holders", &record.holders);
}

void describe(ConfigVisitor& v, KeptPeers& kept) {
  v.field("config", &kept.config);
  v.table("model", kept.model);
  v.table("rounds", kept.rounds);
  v.list("places", kept.places);
}

PeerState::PeerState(const SyncConfig& config, ModelBody model)
    : model_(std::move(model)), rounds_(config.rounds, config.members, facts_of(model_)) {
  rounds_.set_overlap_steps(config.overlap_steps);
}

bool PeerState::apply(const PeerRecord& record, Timestamp now) {
  const RunEvent& event = record.event;
  if (event.what == "commit") {
    const Commit& commit = record.commit;
    if (commit.fragment >= model_.fragments.size() || commit.version != rounds_.version(commit.fragment) + 1)
      return false;
    rounds_.repeat(commit, now);
    return true;
  }
  if (event.what == "refused" && event.fragment >= model_.fragments.size()) return false;
  repeat_event(rounds_, event, now);
  if (event.what == "join")
    places_[event.island] = {.island = event.island, .process = event.process, .address = record.address};
  if (event.what == "leave" || event.what == "lost") places_.erase(event.island);
  return true;
}

KeptPeers PeerState::kept(const std::string& config) const {
  KeptPeers kept{.config = config, .model = model_, .rounds = rounds_.kept()};
  for (const auto& [island, place] : places_) kept.places.push_back(place);
  return kept;
}

void PeerState::restore(const KeptPeers& kept, Timestamp now) {
  rounds_.restore(kept.rounds, now);
  places_.clear();
  for (const PeerPlace& place : kept.places) places_[place.island] = place;
}

}  // namespace atl::distributed
