"""The parts of `buffycoat adapt`."""
