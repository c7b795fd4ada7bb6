// What the pages of evaluations share: the frame around them and how they look. No script, nothing loaded from
// elsewhere.
#pragma once

#include <string>

namespace atl::evaluation {

/// What was run, in words: shown at the top and the bottom of the page.
struct PageHeader {
  std::string title;    // "playhouse-basics: runs/demo"
  std::string command;  // the command line that made it
  std::string commit;
  std::string machine;
  std::string date;  // ISO 8601, UTC
};

/// Everything up to the first heading of the page; `page_foot` closes it.
[[nodiscard]] std::string page_head(const PageHeader& header);
[[nodiscard]] std::string page_foot(const PageHeader& header);

}  // namespace atl::evaluation
