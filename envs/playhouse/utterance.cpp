#include "envs/playhouse/utterance.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

// Bytes, not locale's letters: the same everywhere.
char simplified(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return std::string_view(" \t\r\n\v\f.,;:!?\"'()-").find(c) == std::string_view::npos ? c : ' ';
}

}  // namespace

Utterance::Utterance(std::string_view raw) : text(raw) {
  for (char& c : text) c = simplified(c);
  const std::string_view rest(text);
  for (std::size_t begin = 0;;) {
    begin = rest.find_first_not_of(' ', begin);
    if (begin == std::string_view::npos) return;
    const std::size_t end = std::min(rest.find(' ', begin), rest.size());
    const std::string_view token = rest.substr(begin, end - begin);
    begin = end;
    if (token == "please") continue;
    tokens.push_back(token);
    words.push_back(lexicon().find(token));
  }
}

std::string Utterance::shown(std::size_t begin, std::size_t end) const {
  static constexpr std::size_t kMaxShown = 100;
  std::string line;
  for (std::size_t i = begin; i < end && line.size() <= kMaxShown; ++i) {
    if (!line.empty()) line += ' ';
    line += tokens[i];
  }
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (line.size() > kMaxShown) line.replace(kMaxShown, std::string::npos, "...");
  return line;
}

}  // namespace atl::envs::playhouse
