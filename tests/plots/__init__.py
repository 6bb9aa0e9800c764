"""Tests of the pictures; a package, since the theory's tests have the same names."""
