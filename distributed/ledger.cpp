#include "distributed/ledger.h"

#include "core/error.h"

#include <algorithm>

namespace atl::distributed {

void describe(ConfigVisitor& v, ShardPlace& place) {
  v.field("shard", &place.shard);
  v.field("offset", &place.offset);
}

void describe(ConfigVisitor& v, DataMark& mark) {
  v.field("drawn", &mark.drawn, {.min = 0});
  v.table("place", mark.place);
}

void describe(ConfigVisitor& v, KeptLedger::Lane& lane) {
  v.field("name", &lane.name);
  v.field("next", &lane.next);
  v.list("given_back", lane.given_back);
}

void describe(ConfigVisitor& v, KeptLedger::Part& part) {
  v.field("fragment", &part.fragment);
  v.field("accounted", &part.accounted, {.min = 0});
  v.field("has_place", &part.has_place);
  v.table("place", part.place);
}

void describe(ConfigVisitor& v, KeptLedger::Holder& holder) {
  v.field("island", &holder.island);
  v.field("incarnation", &holder.incarnation);
  v.field("lane", &holder.lane);
  v.field("has_ended", &holder.has_ended);
  v.field("drawn", &holder.drawn, {.min = 0});
  v.field("num_leased", &holder.num_leased);
  v.list("leased", holder.leased);
  v.list("parts", holder.parts);
}

void describe(ConfigVisitor& v, KeptLedger::Total& total) {
  v.field("drawn", &total.drawn, {.min = 0});
  v.field("applied", &total.applied, {.min = 0});
  v.field("discarded", &total.discarded, {.min = 0});
  v.field("replayed", &total.replayed, {.min = 0});
}

void describe(ConfigVisitor& v, KeptLedger& kept) {
  v.list("lanes", kept.lanes);
  v.list("holders", kept.holders);
  v.list("totals", kept.totals);
}

Ledger::Ledger(const std::vector<FragmentFacts>& fragments) : fragments_(fragments), totals_(fragments.size()) {}

Ledger::Holder* Ledger::find(const std::string& island, std::uint64_t incarnation) {
  const auto found = holders_.find({island, incarnation});
  return found == holders_.end() ? nullptr : &found->second;
}

// The newest of an island's incarnations, if it has not ended.
const Ledger::Holder* Ledger::present(const std::string& island) const {
  auto after = holders_.upper_bound({island, UINT64_MAX});
  if (after == holders_.begin()) return nullptr;
  const Holder& newest = std::prev(after)->second;
  return newest.island == island && !newest.has_ended ? &newest : nullptr;
}

Ledger::Holder* Ledger::present(const std::string& island) {
  return const_cast<Holder*>(std::as_const(*this).present(island));
}

void Ledger::enter(const std::string& island, std::uint64_t incarnation) {
  end(island);
  Holder& holder = holders_[{island, incarnation}];
  holder = {.island = island, .incarnation = incarnation};
  for (std::size_t i = 0; i < fragments_.size(); ++i)
    if (fragments_[i].has(island)) holder.parts.push_back({.fragment = i});
}

void Ledger::end(const std::string& island) {
  Holder* holder = present(island);
  if (!holder) return;
  holder->has_ended = true;
  ++num_ended_;
}

void Ledger::note_drawn(const std::string& island, std::uint64_t incarnation, std::int64_t drawn) {
  Holder* holder = find(island, incarnation);
  if (holder) holder->drawn = std::max(holder->drawn, drawn);
}

std::int64_t Ledger::drawn(const std::string& island) const {
  const Holder* holder = present(island);
  return holder ? holder->drawn : 0;
}

ShardPlace Ledger::lease(const std::string& island, const std::string& lane) {
  Lane& from = lanes_[lane];
  const ShardPlace place =
      from.given_back.empty() ? ShardPlace{.shard = from.next, .offset = 0} : *from.given_back.begin();
  repeat_lease(island, lane, place);
  return place;
}

void Ledger::repeat_lease(const std::string& island, const std::string& lane, const ShardPlace& place) {
  Holder* holder = present(island);
  ATOLL_CHECK(holder != nullptr, "{} gets a shard and is not in", island);
  Lane& from = lanes_[lane];
  from.given_back.erase(place);
  from.next = std::max(from.next, place.shard + 1);
  holder->lane = lane;
  holder->leased.push_back(place);
  ++holder->num_leased;
}

std::uint64_t Ledger::num_leased(const std::string& island) const {
  const Holder* holder = present(island);
  return holder ? holder->num_leased : 0;
}

std::vector<ShardPlace> Ledger::leased(const std::string& island, std::uint64_t from) const {
  const Holder* holder = present(island);
  if (!holder) return {};
  const std::uint64_t first = holder->num_leased - holder->leased.size();
  const std::uint64_t skipped = std::min<std::uint64_t>(from - std::min(from, first), holder->leased.size());
  return {holder->leased.begin() + static_cast<std::ptrdiff_t>(skipped), holder->leased.end()};
}

// Notes how far the delta brings its island, and returns what of that belongs to no window.
std::int64_t Ledger::account(std::size_t fragment, Holder& holder, std::int64_t tokens, const DataMark& mark) {
  const auto part = std::ranges::find(holder.parts, fragment, &KeptLedger::Part::fragment);
  if (part == holder.parts.end()) return -tokens;  // of a fragment in which it takes no part
  // One that comes after a later one: that has counted its tokens as of no window.
  if (mark.drawn != 0 && mark.drawn <= part->accounted) return -tokens;
  const std::int64_t upto = std::max(mark.drawn, part->accounted + tokens);
  const std::int64_t between = upto - tokens - part->accounted;
  part->accounted = upto;
  if (mark.drawn != 0) {
    part->place = mark.place;
    part->has_place = true;
  }
  holder.drawn = std::max(holder.drawn, upto);
  const auto done = static_cast<std::ptrdiff_t>(cursor(holder).index);
  holder.leased.erase(holder.leased.begin(), holder.leased.begin() + done);
  return between;
}

void Ledger::apply(std::size_t fragment, const std::string& island, std::uint64_t incarnation, std::int64_t tokens,
                   const DataMark& mark) {
  Holder* holder = find(island, incarnation);
  if (!holder) return;
  totals_[fragment].discarded += account(fragment, *holder, tokens, mark);
  totals_[fragment].applied += tokens;
}

void Ledger::discard(std::size_t fragment, const std::string& island, std::uint64_t incarnation, std::int64_t tokens,
                     const DataMark& mark) {
  Holder* holder = find(island, incarnation);
  if (!holder) return;
  totals_[fragment].discarded += tokens + account(fragment, *holder, tokens, mark);
}

// Where the fragment that is furthest behind has come to. Shards are drawn in the order in which they were leased: all
// before that one are done with. A place that the island has no lease of is not believed.
Ledger::Cursor Ledger::cursor(const Holder& holder) {
  Cursor least{.index = holder.leased.size(), .offset = UINT64_MAX};
  if (holder.leased.empty()) return least;
  const Cursor begin{.index = 0, .offset = holder.leased[0].offset};
  for (const KeptLedger::Part& part : holder.parts) {
    const auto at = std::ranges::find(holder.leased, part.place.shard, &ShardPlace::shard);
    const bool is_known = part.has_place && at != holder.leased.end();
    const auto index = static_cast<std::size_t>(at - holder.leased.begin());
    least = std::min(least, is_known ? Cursor{.index = index, .offset = part.place.offset} : begin);
  }
  return least;
}

void Ledger::give_back(const Holder& holder) {
  Lane& lane = lanes_[holder.lane];
  const Cursor done = cursor(holder);
  for (std::size_t i = done.index; i < holder.leased.size(); ++i) {
    ShardPlace place = holder.leased[i];
    if (i == done.index) place.offset = std::max(place.offset, done.offset);
    lane.given_back.insert(place);
  }
  for (const KeptLedger::Part& part : holder.parts) {
    KeptLedger::Total& total = totals_[part.fragment];
    total.drawn += holder.drawn;
    total.replayed += holder.drawn - part.accounted;
  }
}

void Ledger::settle(const std::function<bool(const std::string& island, std::uint64_t incarnation)>& is_pending) {
  if (num_ended_ == 0) return;
  num_ended_ -= std::erase_if(holders_, [&](const auto& one) {
    const Holder& holder = one.second;
    if (!holder.has_ended || is_pending(holder.island, holder.incarnation)) return false;
    give_back(holder);
    return true;
  });
}

std::vector<LedgerRow> Ledger::rows() const {
  std::vector<LedgerRow> rows;
  for (const KeptLedger::Total& total : totals_) {
    rows.push_back(
        {.drawn = total.drawn, .applied = total.applied, .discarded = total.discarded, .replayed = total.replayed});
  }
  for (const auto& [key, holder] : holders_) {
    for (const KeptLedger::Part& part : holder.parts) {
      rows[part.fragment].drawn += holder.drawn;
      rows[part.fragment].open += holder.drawn - part.accounted;
    }
  }
  return rows;
}

KeptLedger Ledger::kept() const {
  KeptLedger kept{.totals = totals_};
  for (const auto& [name, lane] : lanes_)
    kept.lanes.push_back(
        {.name = name, .next = lane.next, .given_back = {lane.given_back.begin(), lane.given_back.end()}});
  for (const auto& [key, holder] : holders_) kept.holders.push_back(holder);
  return kept;
}

void Ledger::restore(const KeptLedger& kept) {
  lanes_.clear();
  holders_.clear();
  num_ended_ = 0;
  totals_ = kept.totals;
  totals_.resize(fragments_.size());
  for (const KeptLedger::Lane& lane : kept.lanes)
    lanes_[lane.name] = {.next = lane.next, .given_back = {lane.given_back.begin(), lane.given_back.end()}};
  for (const Holder& holder : kept.holders) {
    Holder& mine = holders_[{holder.island, holder.incarnation}];
    mine = holder;
    std::erase_if(mine.parts, [&](const KeptLedger::Part& part) { return part.fragment >= fragments_.size(); });
    num_ended_ += mine.has_ended ? 1 : 0;
  }
}

}  // namespace atl::distributed
