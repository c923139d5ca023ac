// Reads config/retention.toml: how long what is kept, and when what is due.
#pragma once

#include <string>

#include "custody/clocks.h"
#include "env/files.h"

namespace crossguard {

constexpr uint64_t kRetentionSizeMaxBytes = 1024 * 1024;

// Strict: an unknown key, a missing part, a number out of range is kInvalid with the line. A file that is not there
// gives the shipped rules, so that an older data directory can be looked at.
Result<RetentionRules> LoadRetentionRules(Files& files, const std::string& path);
Result<RetentionRules> ParseRetentionRules(std::string_view toml, const std::string& name);

}  // namespace crossguard
