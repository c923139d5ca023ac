// must fail with: conversion from .* requested|no viable conversion
// What is private does not become text by itself.
#include <string>

#include "base/private.h"

namespace crossguard {
size_t Length(const Private<std::string>& email) {
#ifdef MISUSE
  const std::string text = email;
  return text.size();
#else
  return email.reveal().size();
#endif
}
}  // namespace crossguard
