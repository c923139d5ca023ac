// Reads the one file that says who may receive what: config/authorities.toml.
#pragma once

#include <string>

#include "env/files.h"
#include "model/authority.h"

namespace crossguard {

constexpr uint64_t kAuthoritiesSizeMaxBytes = 4 * 1024 * 1024;

// Strict: an unknown key, a duplicate id, a date that is none, a reference to an authority that is not there, a missing
// or empty list, an unknown self: each is refused with the line (kInvalid). A list that is missing never means "all".
// certificate_path comes back joined to the file's folder; empty stays empty. kNotFound, kDenied, kExhausted from
// reading.
Result<AuthorityBook> LoadAuthorities(Files& files, const std::string& path);
// The same from text; `name` stands in messages, `folder` is what certificate paths are relative to.
Result<AuthorityBook> ParseAuthorities(std::string_view toml, const std::string& name, const std::string& folder);

}  // namespace crossguard
