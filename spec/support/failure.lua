-- failure(fn, ...): the error that a function raises, which it must.
return function(fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then error("it was to fail, and did not", 2) end
  return err
end
