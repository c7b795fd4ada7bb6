// The words of Playhouse's page: see playhouse_pictures.h. Made from the same tables as the world.
#include "envs/playhouse/controls.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/house.h"
#include "tools/playhouse_pictures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace atl::tools {
namespace {

using namespace envs::playhouse;

std::string range(int low, int high) { return low == high ? std::to_string(low) : fmt::format("{} to {}", low, high); }

std::string levels_table() {
  std::string text = "| level | world's name | rooms | things | families |\n|---|---|---|---|---|\n";
  for (const Level& level : levels()) {
    const std::string name =
        level.name == EpisodeOptions{}.level ? "playhouse" : fmt::format("playhouse/{}", level.name);
    text += fmt::format("| {} | `{}` | {} | {} | {} |\n", level.name, name, range(level.rooms_low, level.rooms_high),
                        range(level.things_low, level.things_high), fmt::join(families_of(level), ", "));
  }
  return text;
}

std::string controls_table() {
  std::string text = "| key | does |\n|---|---|\n";
  for (std::size_t i = 0; i < kKeyNames.size(); ++i)
    text += fmt::format("| {} | {} |\n", kKeyNames[i], kKeyMeanings[i]);
  return text +
         "| mouse | turns the view; points while a screen is open |\n| wheel | carries further away or nearer |\n";
}

std::string held_out() {
  std::string pairs;
  for (std::size_t shape = 0; shape < static_cast<std::size_t>(kNumToyShapes); ++shape) {
    for (std::size_t colour = 0; colour < kColourNames.size(); ++colour) {
      if (!is_held_out_pair(static_cast<Colour>(colour), static_cast<Shape>(shape))) continue;
      pairs += fmt::format("{}{} {}", pairs.empty() ? "" : ", ", kColourNames[colour], kShapeNames[shape]);
    }
  }
  std::string families;
  for (const auto& [a, b] : held_out_families()) {
    families += fmt::format("{}\"{}\" with \"{}\"", families.empty() ? "" : ", ",
                            kFamilyNames[static_cast<std::size_t>(a)], kFamilyNames[static_cast<std::size_t>(b)]);
  }
  return fmt::format(
      "Three sets are never asked for in the split `train`; each is a split of its own.\n\n"
      "- `held_out_pairs`: {}. Such things stand about in training, too, but are never named.\n"
      "- `held_out_phrases`: the templates marked below; each of their words occurs in others.\n"
      "- `held_out_compositions`: in one sequence, in either order: {}; and descriptions that name both a size and a "
      "place.\n",
      pairs, families);
}

}  // namespace

std::string playhouse_page() {
  return fmt::format(
      R"(# Playhouse

The world that comes with Atoll: a house with things to do and a language to ask for them. A seed, a task and actions
give the same states, pixels and verdict on every machine, bit for bit. This page is made by `atoll show playhouse`.

```
atoll record playhouse/house --episodes 100 --out my-recording     # the expert plays
atoll eval --suite playhouse-house --policy my-run --out my-evaluation
atoll record playhouse-window/house --player human --out mine      # you play
```

## Levels

{}
`,reskin=N` after a name draws the same states in another look: `playhouse/flat,reskin=3`.

![Rooms](playhouse/rooms.png)

## Things

{} shapes in {} colours and two sizes, and blocks that snap to each other.

![Things](playhouse/things.png)

![Furniture](playhouse/furniture.png)

![Looks](playhouse/looks.png)

## Controls

{}
Physics runs at {} Hz, actions at {} Hz. One turn of the view is {} mouse counts.

## Judging

Ground truth decides, from states and events alone; `envs/playhouse/judge.h` says when each verb is done. Taking, pushing,
opening, switching, pressing or choosing another thing than the one asked for ends the episode as `wrong_object`, with the
reason in words.

## Held-out sets

{}
## Grammar

{})",
      levels_table(), kNumToyShapes, kColourNames.size(), controls_table(), kTickRateHz, kActionRateHz, kTurn,
      held_out(), describe_grammar());
}

}  // namespace atl::tools
