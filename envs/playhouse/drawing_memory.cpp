// What has to be remembered: the part of drawing.h for the families "go back" and "seen first". Both draw their own
// start, so that nothing in the house tells where it was.
//
// "Seen first": from the start one looks past a landmark with one of two things on either side of it, turned so far to
// one side that the landmark and the thing on that side are in view and the other thing is not at all. Turning to the
// landmark brings it into view. Which side that is is decided last, by a coin, among starts where either side will do:
// what is where says nothing about what was seen first. Having looked at the landmark one sees both, having gone to it,
// neither.
#include "envs/playhouse/drawing.h"
#include "envs/playhouse/geometry.h"
#include "envs/playhouse/judge.h"
#include "envs/playhouse/sight.h"
#include "envs/playhouse/spots.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr int kStands = 64;  // that are tried before a mission is given up
constexpr std::int32_t kFromWall = from_cm(60);
constexpr std::int32_t kFromThing = from_cm(60);       // to the surface
constexpr std::int32_t kNotThereYet = from_cm(180);    // as for all that is asked for
constexpr std::int32_t kHalfView = from_degrees(40);   // of the picture, in its middle row
constexpr std::int32_t kMostAside = from_degrees(35);  // in view for sure
constexpr std::int32_t kLookFar = from_cm(330);        // from there one looks at a thing without walking
constexpr std::int32_t kEdge = from_cm(10);            // how far shapes stand out of their bodies
constexpr std::int32_t kOffCourse = from_degrees(9);   // ways are not quite straight

bool is_held_out(Kind kind) { return is_held_out_pair(kind.colour, kind.shape); }

// Beside the view axis, beyond which nothing of a thing is in the picture: less of the room is in its upper rows than
// in its lower ones, because the eyes look down; what lies on the floor reaches lowest where it is nearest.
std::int32_t hidden_from(const House& house, const State& state, Entity thing) {
  const std::int32_t radius = body_of(house.things[thing.thing()].kind).radius;
  const std::int32_t gap = bearing_of(house, state, 0, thing).distance;
  const std::int32_t down = heading_of({kEyeHeight, std::max(gap - kEdge, 1)});
  const std::int64_t half_width = std::int64_t{sine(kHalfView)} * kMetre / cosine(kHalfView);
  const std::int32_t half_view =
      heading_of({multiply(half_width, cosine(down + state.players[0].pitch)), cosine(down)});
  return half_view + heading_of({radius + kEdge, gap + radius}) + from_degrees(1);
}

Vec2 place_of(const State& state, Entity thing) { return state.things[thing.thing()].position.flat(); }

}  // namespace

std::vector<Pair> pairs_in(const House& house, const State& state) {
  std::vector<NounPhrase> phrases;
  const auto add = [&](const NounPhrase& phrase) {
    if (std::find(phrases.begin(), phrases.end(), phrase) == phrases.end()) phrases.push_back(phrase);
  };
  for (const Thing& thing : house.things) {
    add({.noun = thing.kind.shape});
    add({.colour = thing.kind.colour});
  }
  std::vector<Pair> pairs;
  for (NounPhrase& phrase : phrases) {
    const EntitySet set = matches_of(house, state, 0, phrase);
    if (set.count() != 2) continue;
    phrase.location.kind = Location::Kind::kSeenFirst;
    const auto first = static_cast<std::uint8_t>(set._Find_first());
    pairs.push_back({phrase, {first}, {static_cast<std::uint8_t>(set._Find_next(first))}});
  }
  return pairs;
}

// Evenly over the floor that is free, looking anywhere.
bool Drawing::stand_anywhere() {
  PlayerState& self = start_.players[kSelf];
  const Rect floor = grown(house_.cells[0].floor, -kFromWall);
  self.position = {random_.between(floor.low.x, floor.high.x), random_.between(floor.low.y, floor.high.y)};
  self.heading = static_cast<std::int32_t>(random_.below(kTurn));
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const std::int32_t near = body_of(house_.things[i].kind).radius + kFromThing;
    if (length_squared(place_of(start_, thing_entity(i)) - self.position) < square(near)) return false;
  }
  return true;
}

bool Drawing::draw_go_back(Mission& mission) {
  for (int i = 0; i < kStands; ++i) {
    const Entity thing = draw_thing();
    if (!thing.is_some()) return false;
    if (!stand_anywhere() || is_choosing(house_, start_, kSelf)) continue;
    if (bearing_of(house_, start_, kSelf, thing).distance < kLeadsAway) continue;
    mission.joint = Joint::kThen;
    mission.second.verb = Verb::kGoBack;
    return about(mission.first, Verb::kGoTo, thing);
  }
  return false;
}

bool Drawing::draw_seen_first(Mission& mission) {
  std::vector<Pair> pairs = pairs_in(house_, start_);
  const auto is_kept_apart = [&](const Pair& pair) {
    return split_ != Split::kHeldOutPairs && (is_held_out(house_.things[pair.first.thing()].kind) ||
                                              is_held_out(house_.things[pair.second.thing()].kind));
  };
  std::erase_if(pairs, is_kept_apart);
  const bool looks = percent(35);  // which is found more easily: half of what comes of it
  for (int i = 0; i < kStands && !pairs.empty(); ++i) {
    const Pair& pair = pairs[random_.below(static_cast<std::uint32_t>(pairs.size()))];
    const Entity landmark =
        draw_thing([&](std::size_t t) { return thing_entity(t) != pair.first && thing_entity(t) != pair.second; });
    if (!landmark.is_some()) return false;
    if (!stand_anywhere()) continue;
    const std::int32_t distance = bearing_of(house_, start_, kSelf, landmark).distance;
    if (distance < kNotThereYet || !turn_aside(landmark, pair)) continue;
    if (looks ? distance > kLookFar : !is_hidden_before(landmark, pair)) continue;
    mission.joint = Joint::kThen;
    mission.second = {.verb = Verb::kGoTo, .object = pair.phrase};
    return about(mission.first, looks ? Verb::kLookAt : Verb::kGoTo, landmark);
  }
  return false;
}

// Turns the player as said above, if that can be done to either side.
bool Drawing::turn_aside(Entity landmark, const Pair& pair) {
  PlayerState& self = start_.players[kSelf];
  const std::int32_t ahead = heading_of(place_of(start_, landmark) - self.position);
  self.heading = ahead;
  const std::array<Entity, 2> things{pair.first, pair.second};
  std::array<std::int32_t, 2> right{};
  std::int32_t least = 0;
  for (std::size_t i = 0; i < things.size(); ++i) {
    const Bearing bearing = bearing_of(house_, start_, kSelf, things[i]);
    right[i] = bearing.right;
    if (std::abs(bearing.right) > kMostAside || bearing.distance < kNotThereYet) return false;
    least = std::max(least, hidden_from(house_, start_, things[i]) - std::abs(bearing.right));
  }
  const bool is_between = (right[0] < 0) != (right[1] < 0);
  if (!is_between || least > kMostAside) return false;
  const auto sees = [&](Entity thing) { return is_seen(house_, start_, kSelf, thing); };
  if (!sees(things[0]) || !sees(things[1])) return false;
  const std::int32_t aside = random_.between(std::max(least, 0), kMostAside);
  for (const std::int32_t by : {-aside, aside}) {
    self.heading = wrap_turn(ahead + by);
    const Entity on_that_side = (right[0] < 0) == (by < 0) ? things[0] : things[1];
    if (!sees(landmark) || !sees(on_that_side) || is_choosing(house_, start_, kSelf)) return false;
  }
  self.heading = wrap_turn(ahead + (percent(50) ? aside : -aside));
  return true;
}

// Whether the way to the landmark is free, both things are seen by whoever sets off, and nothing of either is in view
// at its end: also where one walks a little to one side.
bool Drawing::is_hidden_before(Entity landmark, const Pair& pair) {
  State there = start_;
  PlayerState& self = there.players[kSelf];
  const Vec2 start = self.position;
  const Vec2 end = place_of(start_, landmark);
  self.heading = heading_of(end - start);
  const std::int32_t whole = length(end - start);
  for (const Entity thing : {pair.first, pair.second}) {
    if (std::abs(bearing_of(house_, there, kSelf, thing).right) > kMostAside - kOffCourse) return false;
  }
  for (const std::int32_t gap : {from_cm(65), from_cm(95)}) {
    const std::int32_t walked = whole - body_of(house_.things[landmark.thing()].kind).radius - gap;
    self.position = start + from_view({0, walked}, self.heading);
    for (const Entity thing : {pair.first, pair.second}) {
      const std::int32_t right = bearing_of(house_, there, kSelf, thing).right;
      if (std::abs(right) < hidden_from(house_, there, thing) + kOffCourse) return false;
    }
    if (!is_clear_way(house_, start_, start, self.position, kBodyRadius + kEdge, 0)) return false;
  }
  return true;
}

}  // namespace atl::envs::playhouse
