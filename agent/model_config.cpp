#include "agent/model_config.h"

#include "core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace atl::agent {

void describe(ConfigVisitor& v, ModelConfig& c) {
  v.field("encoder", &c.encoder, {.one_of = {"conv", "efficientnet_lite0", "vit_s14"}});
  v.field("encoder_trained_blocks", &c.encoder_trained_blocks, {.min = -1, .max = 64});
  v.field("text", &c.text, {.one_of = {"own", "minilm", "t5"}});
  v.field("grounding", &c.grounding, {.one_of = {"words", "cross_attention"}});
  v.field("roles", &c.roles, {.min = 1, .max = 2});
  v.field("stem_channels", &c.stem_channels, {.min = 1, .max = 4096});
  v.field("patch_channels", &c.patch_channels, {.min = 8, .max = 4096});
  v.field("residual_blocks", &c.residual_blocks, {.min = 0, .max = 64});
  v.field("keys_after_block", &c.keys_after_block, {.min = -1, .max = 64});
  v.field("pool_content", &c.pool_content);
  v.field("scene_channels", &c.scene_channels, {.min = 1, .max = 4096});
  v.field("max_words", &c.max_words, {.min = 1, .max = 512});
  v.field("word_width", &c.word_width, {.min = 1, .max = 4096});
  v.field("query_width", &c.query_width, {.min = 1, .max = 4096});
  v.field("text_layers", &c.text_layers, {.min = 0, .max = 48});
  v.field("text_heads", &c.text_heads, {.min = 1, .max = 64});
  v.field("hidden_width", &c.hidden_width, {.min = 1, .max = 16384});
  v.field("fusion_layers", &c.fusion_layers, {.min = 0, .max = 96});
  v.field("fusion_heads", &c.fusion_heads, {.min = 1, .max = 64});
  v.field("memory_steps", &c.memory_steps, {.min = 0, .max = 4096});
  v.field("memory_width", &c.memory_width, {.min = 1, .max = 4096});
  v.field("memory_layers", &c.memory_layers, {.min = 1, .max = 48});
  v.field("memory_heads", &c.memory_heads, {.min = 1, .max = 64});
  v.field("video_steps", &c.video_steps, {.min = 0, .max = 64});
  v.field("video_layers", &c.video_layers, {.min = 1, .max = 16});
  v.field("past_actions", &c.past_actions, {.min = 0, .max = 64});
  v.field("autoregressive", &c.autoregressive);
}

void validate(const ModelConfig& c) {
  std::vector<std::string> problems;
  const auto require_multiple = [&](const char* name, int value, const char* of_name, int of) {
    if (value % of != 0)
      problems.push_back(fmt::format("{} = {}, expected a multiple of {} ({})", name, value, of, of_name));
  };
  require_multiple("patch_channels", c.patch_channels, "groups of its normalisation", 8);
  if (c.text_layers > 0) require_multiple("word_width", c.word_width, "text_heads", c.text_heads);
  if (c.grounding == "cross_attention")
    require_multiple("patch_channels", c.patch_channels, "text_heads", c.text_heads);
  if (c.roles > 1 && (c.grounding != "words" || c.text_layers == 0)) {
    problems.push_back(fmt::format(
        "roles = {} with grounding = \"{}\" and text_layers = {}, expected \"words\" and at least one layer", c.roles,
        c.grounding, c.text_layers));
  }
  if (c.fusion_layers > 0) require_multiple("hidden_width", c.hidden_width, "fusion_heads", c.fusion_heads);
  if (c.memory_steps > 0) require_multiple("memory_width", c.memory_width, "memory_heads", c.memory_heads);
  if (c.keys_after_block > c.residual_blocks) {
    problems.push_back(fmt::format("keys_after_block = {}, expected at most residual_blocks ({})", c.keys_after_block,
                                   c.residual_blocks));
  }
  if (!problems.empty())
    fail(ErrorKind::kConfig, "the model does not fit together:\n  {}", fmt::join(problems, "\n  "));
}

}  // namespace atl::agent
