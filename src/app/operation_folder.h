// operation.json: what is where in an operation folder (docs/formats/operation.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/files.h"

namespace crossguard {

struct OperationFolder {
  std::string submission;  // all paths joined to the folder, checked to stay inside it
  std::vector<std::string> lists;
  std::vector<std::string> holdings;
  std::vector<std::string> answers;
};

// nullopt: the folder has no operation.json (then it is itself a submission). kInvalid: it has a bad one.
Result<std::optional<OperationFolder>> ReadOperationFolder(Files& files, const std::string& folder);

}  // namespace crossguard
