// must fail with: private
// The script must complain: nothing here is refused.
#ifdef MISUSE
int fine = 1;
#endif
