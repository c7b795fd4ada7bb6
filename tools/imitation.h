// `atoll eval --imitation`: is what people do next more likely under a policy than under a Markov model of actions that
// sees no picture.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace atl::tools {

struct ImitationFlags {
  std::vector<std::string> recordings;  // folders, or manifests that hold some out
  std::vector<std::string> fit;         // for the Markov model; empty: what the run was trained on
  std::string policy;
  std::filesystem::path out;
  std::string command;  // as it was typed
  int threads = 1;
  bool json = false;
};

/// Measures, prints the table (or JSON) and writes imitation.json. Returns the exit code. Throws Error(kUsage) in
/// builds without LibTorch.
int run_imitation(const ImitationFlags& flags);

}  // namespace atl::tools
