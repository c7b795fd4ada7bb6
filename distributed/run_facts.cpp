#include "distributed/run_facts.h"

#include "core/files.h"

#include <numeric>

namespace atl::distributed {
namespace {

std::filesystem::path path_of(const std::filesystem::path& folder) { return folder / "run.toml"; }

}  // namespace

void describe(ConfigVisitor& v, RunFacts& facts) {
  v.field("config", &facts.config);
  v.table("model", facts.model);
}

RunFacts load_run_facts(const std::filesystem::path& folder) {
  RunFacts facts;
  ConfigDocument::from_file(path_of(folder)).read(facts);
  return facts;
}

void save_run_facts(const std::filesystem::path& folder, const RunFacts& facts) {
  std::filesystem::create_directories(folder);
  write_file_atomically(path_of(folder), std::string_view(to_toml(facts)));
}

std::vector<Fragment> flat_fragments(const std::vector<FragmentBody>& bodies) {
  std::vector<Fragment> fragments;
  std::size_t at = 0;
  for (const FragmentBody& body : bodies) {
    fragments.push_back({.name = body.name, .ranges = {{at, body.num_values}}, .islands = body.islands});
    at += body.num_values;
  }
  return fragments;
}

std::size_t num_values(const std::vector<FragmentBody>& bodies) {
  return std::accumulate(bodies.begin(), bodies.end(), std::size_t{0},
                         [](std::size_t sum, const FragmentBody& body) { return sum + body.num_values; });
}

std::vector<FragmentFacts> facts_of(const ModelBody& model) {
  std::vector<FragmentFacts> facts;
  for (const FragmentBody& body : model.fragments)
    facts.push_back({.islands = body.islands, .num_values = body.num_values});
  return facts;
}

}  // namespace atl::distributed
