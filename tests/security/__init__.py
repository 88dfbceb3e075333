"""The doors an attacker would try, each tried."""
