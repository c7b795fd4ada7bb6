#include "envs/playhouse/verb_rules.h"

namespace atl::envs::playhouse {
namespace {

// In the order of Verb.
constexpr std::array<VerbRule, kNumVerbs> kRules{{
    {Family::kLook, NounRule::kAnything},                       // look at
    {Family::kLook},                                            // turn left
    {Family::kLook},                                            // turn right
    {Family::kGoTo, NounRule::kAnything},                       // go to
    {Family::kGoTo},                                            // walk forward
    {Family::kGoTo},                                            // walk back
    {Family::kGoTo},                                            // jump
    {Family::kRooms, NounRule::kNone, NounRule::kNone, true},   // enter
    {Family::kRooms, NounRule::kThing, NounRule::kNone, true},  // find
    {Family::kPickUp, NounRule::kThing},                        // pick up
    {Family::kDrop, NounRule::kThing},                          // drop
    {Family::kPut, NounRule::kThing, NounRule::kStanding},      // put
    {Family::kOpen, NounRule::kHinged},                         // open
    {Family::kOpen, NounRule::kHinged},                         // close
    {Family::kSwitch, NounRule::kSwitchable},                   // turn on
    {Family::kSwitch, NounRule::kSwitchable},                   // turn off
    {Family::kSwitch, NounRule::kButton},                       // press
    {Family::kPush, NounRule::kThing, NounRule::kStanding},     // push
    {Family::kBuild, NounRule::kThing, NounRule::kFlatTop},     // stack
    {Family::kBuild},                                           // build
    {Family::kMenu},                                            // open the menu
    {Family::kMenu},                                            // close the menu
    {Family::kMenu},                                            // open the bag
    {Family::kMenu},                                            // close the bag
    {Family::kMenu, NounRule::kThing},                          // store
    {Family::kMenu, NounRule::kThing},                          // take out
    {Family::kMenu},                                            // setting
    {Family::kHandOver, NounRule::kThing},                      // give
    {Family::kTogether},                                        // both stand
    {Family::kHelp},                                            // hold open
    {Family::kGoBack},                                          // go back
}};

}  // namespace

const VerbRule& rule_of(Verb verb) { return kRules[static_cast<std::size_t>(verb)]; }

bool fits(NounRule rule, const Noun& noun) {
  const auto* fixture = std::get_if<FixtureKind>(&noun);
  const auto* shape = std::get_if<Shape>(&noun);
  const bool is_thing = shape != nullptr || std::holds_alternative<AnyThing>(noun);
  switch (rule) {
    case NounRule::kNone: return false;
    case NounRule::kAnything: return true;
    case NounRule::kThing: return is_thing;
    case NounRule::kStanding: return is_thing || fixture != nullptr;
    case NounRule::kFlatTop: return is_thing && (shape == nullptr || has_flat_top(*shape));
    case NounRule::kHinged: return fixture != nullptr && is_hinged(*fixture);
    case NounRule::kSwitchable: return fixture != nullptr && is_switchable(*fixture);
    case NounRule::kButton: return fixture != nullptr && *fixture == FixtureKind::kButton;
  }
  return false;
}

const std::array<Noun, 24>& all_nouns() {
  static const std::array<Noun, 24> nouns = [] {
    std::array<Noun, 24> all{AnyThing{}};
    std::size_t n = 1;
    for (std::size_t i = 0; i < kShapeNames.size(); ++i) all[n++] = static_cast<Shape>(i);
    for (std::size_t i = 0; i < kFixtureNames.size(); ++i) all[n++] = static_cast<FixtureKind>(i);
    all[n] = OtherPlayer{};
    return all;
  }();
  return nouns;
}

}  // namespace atl::envs::playhouse
