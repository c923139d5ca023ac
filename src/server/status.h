// The one table between the house's codes and HTTP's.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard::server {

//  invalid 400 · denied 403 · not_found 404 · conflict 409 · exhausted 413 · corrupt 422 · unsupported 501 ·
//  unavailable 503
int HttpStatus(Code code);
std::string_view ReasonPhrase(int status);  // of those above and 100, 200, 206

// {"error":{"code","message"}}
std::string ErrorBody(const Error& error);
// What the other side's answer means here: its own code and message if it sent ours, else by the status. The message
// is the other side's text: valid UTF-8 without control characters, cut at 500 bytes.
Error ErrorOfAnswer(int status, ByteView body);

}  // namespace crossguard::server
