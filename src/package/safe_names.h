// Names inside a package are data of a stranger until they are checked. One rule for writer and reader:
// docs/formats/package.md, "Limits when opening".
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard {

constexpr size_t kPathMaxBytes = 1024;
constexpr size_t kPathPartsMax = 16;
constexpr size_t kPathPartMaxBytes = 255;

// kInvalid unless the relative path can be made on any common system, below the folder it is meant for and nowhere
// else.
Status CheckSafePath(std::string_view path);
// ASCII letters lower: two paths with the same fold are one file on some systems.
std::string FoldCase(std::string_view path);

}  // namespace crossguard
