// The words of Playhouse's page: see playhouse_pictures.h. Made from the same tables as the world.
#include "envs/playhouse/controls.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/house.h"
#include "envs/seeds.h"
#include "tools/playhouse_pictures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace atl::tools {
namespace {

using namespace envs;
using namespace envs::playhouse;

std::string range(int low, int high) { return low == high ? std::to_string(low) : fmt::format("{} to {}", low, high); }

std::string families_told(const Level& level) {
  const std::vector<std::string> families = families_of(level);
  if (families.size() < static_cast<std::size_t>(kNumSoloFamilies)) return fmt::format("{}", fmt::join(families, ", "));
  const auto more = std::span(families).subspan(static_cast<std::size_t>(kNumSoloFamilies));
  return fmt::format("all {} for one player{}{}", kNumSoloFamilies, more.empty() ? "" : ", ", fmt::join(more, ", "));
}

std::string levels_table() {
  std::string text = "| level | world's name | rooms | things | families |\n|---|---|---|---|---|\n";
  for (const Level& level : levels()) {
    const std::string name =
        level.name == EpisodeOptions{}.level ? "playhouse" : fmt::format("playhouse/{}", level.name);
    text += fmt::format("| {} | `{}` | {} | {} | {} |\n", level.name, name, range(level.rooms_low, level.rooms_high),
                        range(level.things_low, level.things_high), families_told(level));
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

std::string level_for(Family family) {
  if (family == Family::kGoBack || family == Family::kSeenFirst) return "memory";
  return is_for_two(family) ? "pair" : "house";
}

// What is asked for, in the world's own words: the first tasks of each family.
std::string examples_table() {
  constexpr std::uint64_t kExamples = 4;
  std::string text = "| family | for instance |\n|---|---|\n";
  for (std::size_t f = 0; f < kFamilyNames.size(); ++f) {
    const std::string level = level_for(static_cast<Family>(f));
    Task task;
    task.family = kFamilyNames[f];
    std::vector<std::string> examples;
    for (std::uint64_t i = 0; i < kExamples; ++i) {
      const Episode episode = create_episode(seed_in(SeedRange::kDevelopment, i), task, {.level = level});
      const std::string& asked = episode.task.instruction;
      if (std::find(examples.begin(), examples.end(), asked) == examples.end()) examples.push_back(asked);
    }
    text += fmt::format("| {} | {} |\n", kFamilyNames[f], fmt::join(examples, " · "));
  }
  return text;
}

constexpr std::string_view kBegin = R"(# Playhouse

The world that comes with Atoll: a house with things to do, a language to ask for them, a judge that knows the truth, and
a teacher that can do all of it. It is drawn in software, runs at thousands of steps a second on one core, and is the
same everywhere: a seed, a task and actions give the same states, pixels and verdict on every machine, bit for bit.
(This page is made by `atoll show playhouse --out docs`.)

![A living room of a house](playhouse/house.png)

```
atoll record playhouse-window/house --player human --out mine         # you play: F1 shows the keys
atoll record playhouse/house --episodes 100 --out my-recording        # the expert plays, as fast as it can
atoll show my-recording --out film.html                               # what it was told, saw and did
atoll eval --suite playhouse-house --policy my-run --out my-evaluation
atoll serve playhouse/house                                           # for Python: tools/python/README.md
```

An agent sees the house through the same eyes, in small pictures, and is told in words what to do:

![What an agent sees, at 96x72 and at 160x120](playhouse/agent.png)

## Levels

)";

constexpr std::string_view kThings = R"(
`,reskin=N` after a name draws the same states in another look (`playhouse/flat,reskin=3`): other textures, other
colours of walls and furniture, and things of another design, to see what an agent has learned of the house and what
only of its pictures.

![One moment in its usual look and in five others](playhouse/looks.png)

## What there is

{} shapes in {} colours and two sizes:

![All shapes in all colours, big and small](playhouse/things.png)

Blocks besides, of one size, that snap to each other and to a grid: towers, rows, walls and squares are built of them.

![Furniture](playhouse/furniture.png)

Doors and boxes open and close; lamps, televisions and the light of a room are switched; things stand on tables, shelves,
beds and closed boxes, and lie in boxes and baskets. Buttons and plates are in houses for two players.

![Rooms](playhouse/rooms.png)

Houses differ from seed to seed: plan, rooms, furniture, things, textures, colours and daylight. What is asked for can
always be done, and never is done when the episode begins.

## What is asked for

{}
How each family is worded, and what is held out, is told by the [grammar](#grammar) below. Whatever it can say people can
type, too (`--task put --instruction "put any toy on a table"`); it need not be one of these phrases word by word: articles,
"please", capitals and digits are understood. What is not understood is told, with the nearest thing that is.

## Controls

{}
Physics runs at {} Hz, actions at {} Hz. One turn of the view is {} mouse counts. Bag and menu are worked by the
pointer, and are asked for like all else:

![The bag and the menu](playhouse/screens.png)

In the window all keys can be changed, and some more belong to the window itself: [window.md](window.md).

## Judging

Ground truth decides, from states and events alone, no pixels; `envs/playhouse/judge.h` says when each verb is done.

| verdict | when |
|---|---|
| `success` | what was asked for is done |
| `wrong_object` | another thing was taken, pushed, opened, switched, pressed or chosen first: "picked up the blue ball, asked for the red ball" |
| `failed` | what cannot be undone went wrong, as turning to the other side |
| `timeout` | the time of the task is over: 10 s for a small one, minutes for building |

## Two players

In `playhouse/pair` two players share a house, each with a view of their own. Three families need both: hand over,
together, help.

![What two players see of each other](playhouse/pair.png)

Two people play in two windows ([window.md](window.md)). In code, `SteppedEnvironment::players()` moves both and shows what
each sees. `playhouse/pair,partner=expert` is the same for one player: the other one is played by the expert, as in
`atoll eval --suite playhouse-pair --policy my-run`.

## What has to be remembered

In `playhouse/memory`, a room as in `playhouse`, two families are about what no single picture tells:

- **go back**: "go to the red ball, then go back to where you started". The start is anywhere on the free floor, and
  the thing leads at least 2.5 m away from it. Done is who stands still within 1 m of the start; to stand still
  elsewhere is not wrong.
- **seen first**: "look at the green cone, then go to the ball you saw first". Two balls stand one on either side of the
  way to the cone. At the start one of them is in view with the cone, the other not at all; turning to the cone brings it
  into view. Which side that is is decided by a coin, and when the cone has been looked at both are in view, when it has
  been gone to neither: who does not remember goes to the right one half of the time. The other one is wrong. Two things
  of one shape or of one colour ("the red thing you saw first") are asked for; `envs/playhouse/judge.h` says when a thing
  is seen.

`atoll eval --suite playhouse-memory --policy my-run` asks for both. Their instructions are long: train with
`--set agent.model.max_words=32`.

## The same again

- Snapshots (`SteppedEnvironment::snapshots()`, SNAPSHOT and RESTORE over the network) save and restore a whole state.
- A scenario file holds seed, task, actions up to a cut point and hashes of what must be there: `atoll check FILE.toml`
  replays it, `tests/envs/scenarios/` holds some.
- `atoll check RECORDING` replays what was recorded; with `--ticks` also what happened in a window.
- How fast it is, how often the expert succeeds, and where the time goes: [results/playhouse.md](../results/playhouse.md).

## Grammar

)";

}  // namespace

std::string playhouse_page() {
  std::string page{kBegin};
  page += levels_table();
  page += fmt::format(kThings, kNumToyShapes, kColourNames.size(), examples_table(), controls_table(), kTickRateHz,
                      kActionRateHz, kTurn);
  return page + describe_grammar();
}

}  // namespace atl::tools
