// `crossguard hash`: digests on the trusted side, type and PDQ through the jail, nothing stored.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "env/env.h"

namespace crossguard {

struct HashSummary {
  int64_t file_count = 0;
  int64_t unreadable_count = 0;  // paths that could not be read: each was told as an object with state "unreadable"
};

// Each path is a file or a folder (walked in order, links not followed). on_fact gets, in order, objects {path, state,
// type, size_bytes, md5, sha1, sha256, pdq, pdq_quality, reason, width, height}; pdq is null where there is none.
Result<HashSummary> HashFiles(Env& env, const std::vector<std::string>& paths, int workers,
                              const std::function<void(const nlohmann::json&)>& on_fact);

std::string HashLine(const nlohmann::json& fact);  // one line for people

}  // namespace crossguard
