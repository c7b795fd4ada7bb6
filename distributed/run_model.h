// What a run is of, seen from an island: the config that the others gave, and how that cuts the island's own model.
#pragma once

#include "distributed/fragments.h"
#include "distributed/sync_config.h"
#include "distributed/sync_messages.h"

#include <string>
#include <vector>

namespace atl::distributed {

class RunModel {
 public:
  /// `contract`: what all islands must have in common besides, as text of any length.
  RunModel(std::vector<TensorPlace> tensors, std::string contract);

  /// Takes the run's config (TOML) when it is heard first, and compares the model there, unless that is empty. `where`:
  /// who says so, for messages. Throws Error(kContract) if the run is of another model or contract, or is another run
  /// than before; Error(kConfig) for a config that does not fit the model.
  void follow(const std::string& config, const ModelBody& theirs, const std::string& where);

  [[nodiscard]] const SyncConfig& config() const { return config_; }
  [[nodiscard]] const std::string& config_text() const { return config_text_; }
  [[nodiscard]] const std::vector<Fragment>& fragments() const { return fragments_; }
  [[nodiscard]] const ModelBody& model() const { return model_; }
  [[nodiscard]] std::size_t num_parameters() const;

 private:
  const std::vector<TensorPlace> tensors_;
  const std::string contract_;
  SyncConfig config_{};
  std::string config_text_{};
  std::vector<Fragment> fragments_{};
  ModelBody model_{};  // as it is cut here
};

}  // namespace atl::distributed
