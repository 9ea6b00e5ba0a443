"""`python -m dmvpn_auto` is `dmvpn-auto`."""

from dmvpn_auto.cli.main import main

if __name__ == "__main__":
    main()
