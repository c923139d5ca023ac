// Example keys, so that a demonstration can seal and open for every authority. Not for real use: whoever runs the
// example holds all the private keys. Real authorities send their certificate; their key never leaves them.
#pragma once

#include <string>

#include "env/env.h"
#include "model/authority.h"

namespace crossguard {

// For each authority of the book without a certificate: writes <folder>/<id>.crt and <id>.key (kept if they are there),
// issued by <folder>/example-ca.crt, and sets its certificate_path. All names in them say EXAMPLE. Returns how many
// certificates were made now.
Result<int> MakeExampleCertificates(Env& env, AuthorityBook& book, const std::string& folder);

}  // namespace crossguard
