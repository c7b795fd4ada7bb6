// The grammar as Markdown, for docs/playhouse.md.
#include "envs/playhouse/lexicon.h"

#include <fmt/core.h>

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

std::string in_code(const std::vector<std::string_view>& texts) {
  std::string line;
  for (const std::string_view text : texts) line += fmt::format("{}`{}`", line.empty() ? "" : ", ", text);
  return line;
}

std::string in_code(const Sayings& ways) {
  std::vector<std::string_view> texts;
  for (const Saying& way : ways) texts.push_back(way.text);
  return in_code(texts);
}

std::string in_code(const std::vector<Sayings>& table) {
  std::string line;
  for (const Sayings& ways : table) {
    line += fmt::format("{}{}", line.empty() ? "" : "; ", in_code(ways));
  }
  return line;
}

std::string templates(Verb verb, PhraseSet set) {
  std::vector<std::string_view> texts;
  for (const Template* t : lexicon().by_verb[static_cast<std::size_t>(verb)][static_cast<std::size_t>(set)]) {
    texts.push_back(t->text);
  }
  return in_code(texts);
}

std::string describe_clauses() {
  std::string text = fmt::format(
      "### Clauses\n\n{} templates. Those marked *held out* are never said in training; each of their words is.\n",
      num_templates());
  for (std::size_t f = 0; f < kFamilyNames.size(); ++f) {
    const auto family = static_cast<Family>(f);
    if (family == Family::kSequence || family == Family::kSeenFirst) continue;  // of clauses of other families
    text += fmt::format("\n**{}**{}\n\n", kFamilyNames[f], is_for_two(family) ? " (two players)" : "");
    for (int v = 0; v < kNumVerbs; ++v) {
      const auto verb = static_cast<Verb>(v);
      if (family_of(verb) != family) continue;
      text += fmt::format("- {}", templates(verb, PhraseSet::kTraining));
      if (const std::string held_out = templates(verb, PhraseSet::kHeldOut); !held_out.empty()) {
        text += fmt::format("; *held out:* {}", held_out);
      }
      text += '\n';
    }
  }
  return text;
}

std::string describe_joints() {
  std::string text =
      "\n### Two clauses\n\n"
      "| order | said |\n|---|---|\n";
  static constexpr std::array<std::string_view, 3> kOrders{"first, second", "second, first", "any"};
  for (std::size_t j = 0; j < kOrders.size(); ++j) {
    std::vector<std::string_view> texts;
    for (const JointTemplate* t : lexicon().by_joint[j + 1]) texts.push_back(t->text);
    text += fmt::format("| {} | {} |\n", kOrders[j], in_code(texts));
  }
  text +=
      "\nIn the clause that is said second, `it` is the object of the one before, or its place where only that makes "
      "sense: \"put the ball in the box, then close it\". Tasks for two players are asked one at a time.\n";
  return text;
}

std::string describe_nouns() {
  std::string text = "\n### Nouns\n\n| noun | several | also |\n|---|---|---|\n";
  for (const NounEntry& entry : lexicon().nouns) {
    Sayings also;
    for (std::size_t i = 1; i < entry.forms.size(); ++i) also.push_back(entry.forms[i].one);
    const NounForms& plain = entry.forms.front();
    text += fmt::format("| {} | {} | {} |\n", plain.one.text, plain.several.text, in_code(also));
  }
  text += fmt::format(
      "\nRooms: {}.\n\n"
      "A noun phrase is `the` (exactly one matches), `a`, `any`, `one of the` (any of several), `two` or `three` (only "
      "to be put somewhere), then a size, a colour, the noun and a place, as far as they are needed.\n\n"
      "- Sizes, of things but blocks: {}.\n- Colours, of things, boxes and buttons: {}.\n"
      "- Places, left and right as seen when the episode began: {}; of things and furniture `in the kitchen`, "
      "of things `on` a table, shelf, bed or box, `in` or `inside` a box or basket.\n"
      "- Which one, of things that are looked at, gone to or picked up: {}.\n",
      in_code(lexicon().rooms), in_code(lexicon().sizes), in_code(lexicon().colours),
      in_code(std::vector<Sayings>(lexicon().locations.begin() + 1, lexicon().locations.begin() + 5)),
      in_code(lexicon().locations.back()));
  return text;
}

std::string describe_parts() {
  return fmt::format(
      "\n### Other parts\n\n- `{{relation}}`: {}.\n- `{{structure}}`: {}.\n- `{{blocks}}`: {} `blocks`, with a colour "
      "or without.\n- `{{setting}}`: {}.\n- `{{friend}}`: {}.\n- `{{bag}}`: {}.\n- `{{light}}`: a light switch, called "
      "`light` or `ceiling light`.\n",
      in_code(lexicon().relations), in_code(lexicon().structures), in_code(lexicon().numbers_from_two),
      in_code(lexicon().settings), in_code(lexicon().friends), in_code(lexicon().bags));
}

std::string describe_held_out() {
  std::string text =
      "\n### Held-out sets\n\n"
      "Never asked for in the split `train`; each is a split of its own, fixed with the world's version.\n\n"
      "- `held_out_phrases`: the paraphrases marked above. Each of their words is said in training, too.\n"
      "- `held_out_pairs`: a colour and a shape; such things stand about in training, but are never asked for:";
  std::string separator = " ";
  for (std::size_t s = 0; s < kNumToyShapes; ++s) {
    for (std::size_t c = 0; c < kColourNames.size(); ++c) {
      if (!is_held_out_pair(static_cast<Colour>(c), static_cast<Shape>(s))) continue;
      text += fmt::format("{}{} {}", separator, kColourNames[c], kShapeNames[s]);
      separator = ", ";
    }
  }
  text += ".\n- `held_out_compositions`: two clauses of these families, in either order:";
  separator = " ";
  for (const auto& [a, b] : held_out_families()) {
    text += fmt::format("{}*{}* and *{}*", separator, kFamilyNames[static_cast<std::size_t>(a)],
                        kFamilyNames[static_cast<std::size_t>(b)]);
    separator = ", ";
  }
  return text + "; and noun phrases with both a size and a place (\"the small ball on the table\").\n";
}

}  // namespace

std::string describe_grammar() {
  return describe_clauses() + describe_joints() + describe_nouns() + describe_parts() + describe_held_out();
}

}  // namespace atl::envs::playhouse
