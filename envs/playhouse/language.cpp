#include "envs/playhouse/language.h"

#include <array>
#include <span>

namespace atl::envs::playhouse {
namespace {

// '*' stands for colour and noun.
constexpr std::array<std::string_view, 11> kGoTo{"go to the *",
                                                 "walk to the *",
                                                 "walk over to the *",
                                                 "move to the *",
                                                 "head to the *",
                                                 "approach the *",
                                                 "go up to the *",
                                                 "go over to the *",
                                                 "go and stand by the *",
                                                 "get close to the *",
                                                 "walk until you are close to the *"};
constexpr std::array<std::string_view, 4> kGoToHeldOut{"head over to the *", "move up to the *", "walk up to the *",
                                                       "go and stand close to the *"};
constexpr std::array<std::string_view, 10> kLookAt{
    "look at the *",           "face the *",         "turn to the *",
    "turn towards the *",      "look towards the *", "turn and look at the *",
    "point the view at the *", "aim at the *",       "watch the *",
    "turn until you see the *"};
constexpr std::array<std::string_view, 4> kLookAtHeldOut{"turn and face the *", "aim towards the *", "look to the *",
                                                         "turn until you face the *"};
constexpr std::array<std::string_view, 10> kPickUp{
    "pick up the *",    "pick the * up",        "grab the *",  "take the *",         "get the *",
    "go and get the *", "go and pick up the *", "fetch the *", "take hold of the *", "grab hold of the *"};
constexpr std::array<std::string_view, 4> kPickUpHeldOut{"go and grab the *", "go and take the *", "get hold of the *",
                                                         "go and fetch the *"};

std::span<const std::string_view> templates_of(Family family, PhraseSet set) {
  const bool training = set == PhraseSet::kTraining;
  switch (family) {
    case Family::kGoTo: return training ? std::span<const std::string_view>(kGoTo) : kGoToHeldOut;
    case Family::kLookAt: return training ? std::span<const std::string_view>(kLookAt) : kLookAtHeldOut;
    case Family::kPickUp: return training ? std::span<const std::string_view>(kPickUp) : kPickUpHeldOut;
  }
  return {};
}

std::span<const std::string_view> nouns_of(Shape shape) {
  static constexpr std::array<std::string_view, 2> kBox{"box", "crate"};
  static constexpr std::array<std::string_view, 2> kBall{"ball", "sphere"};
  static constexpr std::array<std::string_view, 2> kCylinder{"cylinder", "barrel"};
  static constexpr std::array<std::string_view, 1> kCone{"cone"};
  static constexpr std::array<std::string_view, 2> kPost{"post", "pole"};
  switch (shape) {
    case Shape::kBox: return kBox;
    case Shape::kBall: return kBall;
    case Shape::kCylinder: return kCylinder;
    case Shape::kCone: return kCone;
    case Shape::kPost: return kPost;
  }
  return {};
}

std::string fill(std::string_view pattern, Colour colour, std::string_view noun) {
  const std::size_t star = pattern.find('*');
  std::string text(pattern.substr(0, star));
  text += kColourNames[static_cast<std::size_t>(colour)];
  text += ' ';
  text += noun;
  text += pattern.substr(star + 1);
  return text;
}

// Calls `visit(text, meaning)` for all that the grammar can say, held-out pairs included.
template <class Visit>
void for_each_phrase(PhraseSet set, Visit visit) {
  for (std::size_t f = 0; f < kFamilyNames.size(); ++f) {
    for (const std::string_view pattern : templates_of(static_cast<Family>(f), set)) {
      for (std::size_t s = 0; s < kShapeNames.size(); ++s) {
        for (const std::string_view noun : nouns_of(static_cast<Shape>(s))) {
          for (std::size_t c = 0; c < kColourNames.size(); ++c) {
            const Kind kind{static_cast<Colour>(c), static_cast<Shape>(s)};
            visit(fill(pattern, kind.colour, noun), Meaning{static_cast<Family>(f), kind, set});
          }
        }
      }
    }
  }
}

}  // namespace

std::string phrase(Family family, Kind kind, PhraseSet set, Random& random) {
  const auto draw = [&](std::span<const std::string_view> words) {
    return words[random.below(static_cast<std::uint32_t>(words.size()))];
  };
  const std::string_view pattern = draw(templates_of(family, set));
  return fill(pattern, kind.colour, draw(nouns_of(kind.shape)));
}

std::vector<std::string> all_phrases(PhraseSet set) {
  std::vector<std::string> phrases;
  for_each_phrase(set, [&](std::string text, const Meaning& meaning) {
    if (set == PhraseSet::kHeldOut || !is_held_out(meaning.kind)) phrases.push_back(std::move(text));
  });
  return phrases;
}

std::optional<Meaning> understand(std::string_view instruction) {
  std::optional<Meaning> found;
  for (const PhraseSet set : {PhraseSet::kTraining, PhraseSet::kHeldOut}) {
    for_each_phrase(set, [&](const std::string& text, const Meaning& meaning) {
      if (text == instruction) found = meaning;
    });
  }
  return found;
}

}  // namespace atl::envs::playhouse
